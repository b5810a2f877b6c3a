package collect

import (
	"context"
	"errors"
	"testing"
	"time"

	"genehound/scanner/internal/model"
)

// catalogSystem knows one digest, and fails where it is told to.
type catalogSystem struct {
	fakeSystem
	failure error
	asked   int
}

func (s *catalogSystem) Catalog(digest string) (name, signer string, err error) {
	s.asked++
	if digest != "known" {
		return "", "", s.failure
	}
	return "package.cat", "Publisher", s.failure
}

func TestOnlyImagesWithoutASignatureAreLookedUpInCatalogs(t *testing.T) {
	for _, c := range []struct {
		info         model.FileInfo
		failure      error
		asked        int
		name, signer string
	}{
		{model.FileInfo{}, nil, 0, "", ""},
		{model.FileInfo{Authenticode: "known", Signer: "Somebody"}, nil, 0, "", ""},
		{model.FileInfo{Authenticode: "other"}, nil, 3, "", ""},
		{model.FileInfo{Authenticode: "known"}, nil, 3, "package.cat", "Publisher"},
		{model.FileInfo{Authenticode: "known"}, errors.New("not implemented"), 1, "", ""},
	} {
		system := &catalogSystem{failure: c.failure}
		p := &pass{summary: Summary{NotRead: map[model.Reason]int{}}, ctx: context.Background(), system: system, options: Options{ProcessTimeout: time.Minute}}
		info := c.info
		for n := 0; n < 3; n++ {
			p.lookUpCatalog(&info)
		}
		if system.asked != c.asked || info.Catalog != c.name || info.CatalogSigner != c.signer {
			t.Errorf("%+v: asked %d times, got %+v", c.info, system.asked, info)
		}
		if want := c.failure != nil; (len(p.problems) == 1 && p.problems[0].Code == model.ReasonUnsupported) != want || len(p.problems) > 1 {
			t.Errorf("%+v: got %+v", c.info, p.problems)
		}
		if !p.account().Complete {
			t.Error("a scan that looked at everything is not complete for lack of a signer's name")
		}
	}
}

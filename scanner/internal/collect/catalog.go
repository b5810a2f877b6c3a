package collect

import (
	"context"

	"genehound/scanner/internal/model"
)

// lookUpCatalog says which catalog lists an image that has no signature of its own: most of Windows's files have none. Where
// catalogs cannot be asked, that is said once.
func (p *pass) lookUpCatalog(info *model.FileInfo) {
	source, knows := p.system.(model.CatalogSource)
	if !knows || p.noCatalogs || info.Authenticode == "" || info.Signer != "" {
		return
	}
	type answer struct {
		name, signer string
		failure      error
	}
	got, reason, details, ok := attempt(p, p.options.ProcessTimeout, func(context.Context) answer {
		name, signer, err := source.Catalog(info.Authenticode)
		return answer{name, signer, err}
	})
	if ok && got.failure != nil {
		ok, reason, details = false, model.ReasonUnsupported, plain(got.failure)
	}
	if !ok {
		p.noCatalogs = true
		p.problems = append(p.problems, model.Problem{
			Code: reason, Aside: true, Message: "the catalogs of signed files cannot be asked, so that who signed them is not known: " + details,
		})
		return
	}
	info.Catalog, info.CatalogSigner = got.name, got.signer
}

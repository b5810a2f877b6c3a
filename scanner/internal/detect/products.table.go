package detect

// Sources of the table below, as published in 2026.
const (
	microsoft = "Microsoft Learn, Teams: applications that may block or crash Teams"
	mozilla   = "Firefox, sandboxBroker.cpp: kDllsToUnload"
	redTeam   = "ired.team, bypassing Cylance and other AVs by unhooking Windows APIs"
	reports   = "call traces in public bug reports and Sysmon logs"
)

// products are the files that security products load into other processes, in lower case; a star stands for what changes
// from version to version.
var products = []struct{ file, product, source string }{
	{"aswhook.dll", "Avast Antivirus", microsoft},
	{"snxhk.dll", "Avast Antivirus", mozilla},
	{"snxhk64.dll", "Avast Antivirus", mozilla},
	{"pghook.dll", "BeyondTrust Privilege Management", microsoft},
	{"safewrapper.dll", "360 Safe Security", microsoft},
	{"umppc*.dll", "CrowdStrike Falcon", microsoft},
	{"cymemdef.dll", "CylancePROTECT", redTeam},
	{"cymemdef64.dll", "CylancePROTECT", microsoft},
	{"guard32.dll", "Comodo Internet Security", mozilla},
	{"hmpalert.dll", "HitmanPro.Alert (Sophos)", mozilla},
	{"inprocessclient.dll", "SentinelOne", reports},
	{"inprocessclient64.dll", "SentinelOne", reports},
	{"supershieldhookcpy64.dll", "PC Matic SuperShield", microsoft},
	{"qmdlphook64.dll", "QiAnXin Tianqing", microsoft},
	{"ghijt64*.dll", "QiAnXin Tianqing", microsoft},
	{"sgephook.dll", "SkyGuard Endpoint Security", microsoft},
	{"sysfer.dll", "Symantec Endpoint Protection", microsoft},
	{"ffm.dll", "Symantec Data Loss Prevention", mozilla},
	{"ffm64.dll", "Symantec Data Loss Prevention", mozilla},
	{"prntm64.dll", "Symantec Data Loss Prevention", mozilla},
	{"arelliaacactioni64.dll", "Thycotic Application Control", microsoft},
	{"wrusr.dll", "Webroot SecureAnywhere", mozilla},
}

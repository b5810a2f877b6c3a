package windows

// Ways in which a key of the registry names what starts.
type way uint8

const (
	eachValue   way = iota // every value of the key is a command or file
	namedValues            // some values are
	subkeys                // some values of every key below are
	classes                // every key or value below names a class, whose server starts
	services               // every key below is a service or a driver
)

// rule is one place of the registry from which Windows, or a part of it, starts something. Categories are those of the
// public contract.
type rule struct {
	category string
	path     string
	way      way
	names    []string
	// narrow: 32-bit programs have their own copy of it; user: so has every user.
	narrow, user bool
}

const (
	windowsKey = `Software\Microsoft\Windows\CurrentVersion\`
	systemKey  = `Software\Microsoft\Windows NT\CurrentVersion\`
	controlKey = `System\CurrentControlSet\Control\`
)

var rules = []rule{
	{"logon", windowsKey + `Run`, eachValue, nil, true, true},
	{"logon", windowsKey + `RunOnce`, eachValue, nil, true, true},
	{"logon", windowsKey + `RunOnceEx`, eachValue, nil, true, true},
	{"logon", windowsKey + `RunServices`, eachValue, nil, true, true},
	{"logon", windowsKey + `Policies\Explorer\Run`, eachValue, nil, true, true},
	{"logon", windowsKey + `Policies\System`, namedValues, []string{"Shell"}, false, true},
	{"logon", systemKey + `Winlogon`, namedValues, []string{"Userinit", "Shell", "AppSetup", "VmApplet", "Taskman"}, false, true},
	{"logon", systemKey + `Windows`, namedValues, []string{"Load", "Run"}, false, true},
	{"logon", `Environment`, namedValues, []string{"UserInitMprLogonScript"}, false, true},
	{"logon", `Software\Microsoft\Active Setup\Installed Components`, subkeys, []string{"StubPath"}, true, false},
	{"logon", controlKey + `SafeBoot`, namedValues, []string{"AlternateShell"}, false, false},
	{"logon", controlKey + `Terminal Server\Wds\rdpwd`, namedValues, []string{"StartupPrograms"}, false, false},
	{"winlogon", systemKey + `Winlogon\GPExtensions`, subkeys, []string{"DllName"}, true, false},
	{"winlogon", systemKey + `Winlogon\Notify`, subkeys, []string{"DllName"}, true, false},
	{"winlogon", windowsKey + `Authentication\Credential Providers`, classes, nil, false, false},
	{"winlogon", windowsKey + `Authentication\Credential Provider Filters`, classes, nil, false, false},
	{"winlogon", `Control Panel\Desktop`, namedValues, []string{"Scrnsave.exe"}, false, true},
	{"boot_execute", controlKey + `Session Manager`, namedValues, []string{"BootExecute", "SetupExecute", "Execute", "S0InitialCommand"}, false, false},
	{"known_dlls", controlKey + `Session Manager\KnownDlls`, eachValue, nil, false, false},
	{"image_hijacks", controlKey + `Session Manager\AppCertDlls`, eachValue, nil, false, false},
	{"image_hijacks", systemKey + `Windows`, namedValues, []string{"AppInit_DLLs"}, true, false},
	{"image_hijacks", systemKey + `Image File Execution Options`, subkeys, []string{"Debugger", "VerifierDlls"}, true, false},
	{"image_hijacks", systemKey + `SilentProcessExit`, subkeys, []string{"MonitorProcess"}, false, false},
	{"image_hijacks", `Software\Microsoft\Command Processor`, namedValues, []string{"AutoRun"}, true, true},
	{"image_hijacks", `Software\Classes\Exefile\Shell\Open\Command`, eachValue, nil, false, true},
	{"image_hijacks", `Software\Classes\Htmlfile\Shell\Open\Command`, eachValue, nil, false, true},
	{"image_hijacks", `Software\Classes\.exe`, eachValue, nil, false, true},
	{"image_hijacks", `Software\Classes\.cmd`, eachValue, nil, false, true},
	{"explorer", windowsKey + `Explorer\ShellServiceObjects`, classes, nil, true, false},
	{"explorer", windowsKey + `ShellServiceObjectDelayLoad`, classes, nil, true, true},
	{"explorer", windowsKey + `Explorer\SharedTaskScheduler`, classes, nil, true, false},
	{"explorer", windowsKey + `Explorer\ShellExecuteHooks`, classes, nil, true, true},
	{"explorer", windowsKey + `Explorer\ShellIconOverlayIdentifiers`, classes, nil, true, true},
	{"explorer", `Software\Classes\*\ShellEx\ContextMenuHandlers`, classes, nil, true, true},
	{"explorer", `Software\Classes\*\ShellEx\PropertySheetHandlers`, classes, nil, true, true},
	{"explorer", `Software\Classes\AllFileSystemObjects\ShellEx\ContextMenuHandlers`, classes, nil, true, true},
	{"explorer", `Software\Classes\Directory\ShellEx\ContextMenuHandlers`, classes, nil, true, true},
	{"explorer", `Software\Classes\Directory\Background\ShellEx\ContextMenuHandlers`, classes, nil, true, true},
	{"explorer", `Software\Classes\Drive\ShellEx\ContextMenuHandlers`, classes, nil, true, true},
	{"explorer", `Software\Classes\Folder\ShellEx\ContextMenuHandlers`, classes, nil, true, true},
	{"explorer", `Software\Classes\Protocols\Filter`, classes, nil, false, false},
	{"explorer", `Software\Classes\Protocols\Handler`, classes, nil, false, false},
	{"internet_explorer", windowsKey + `Explorer\Browser Helper Objects`, classes, nil, true, true},
	{"internet_explorer", `Software\Microsoft\Internet Explorer\Toolbar`, classes, nil, true, true},
	{"internet_explorer", `Software\Microsoft\Internet Explorer\UrlSearchHooks`, classes, nil, true, true},
	{"codecs", systemKey + `Drivers32`, eachValue, nil, true, false},
	{"codecs", `Software\Classes\CLSID\{083863F1-70DE-11d0-BD40-00A0C911CE86}\Instance`, classes, nil, false, false},
	{"codecs", `Software\Classes\CLSID\{7ED96837-96F0-4812-B211-F13C24117ED3}\Instance`, classes, nil, false, false},
	{"codecs", `Software\Classes\CLSID\{ABE3B9A4-257D-4B97-BD1A-294AF496222E}\Instance`, classes, nil, false, false},
	{"codecs", `Software\Classes\CLSID\{AC757296-3522-4E11-9862-C17BE5A1767E}\Instance`, classes, nil, false, false},
	{"print_monitors", controlKey + `Print\Monitors`, subkeys, []string{"Driver"}, false, false},
	{"print_monitors", controlKey + `Print\Providers`, subkeys, []string{"Name"}, false, false},
	{"lsa_provides", controlKey + `Lsa`, namedValues, []string{"Authentication Packages", "Notification Packages", "Security Packages"}, false, false},
	{"lsa_provides", controlKey + `Lsa\OsConfig`, namedValues, []string{"Security Packages"}, false, false},
	{"lsa_provides", controlKey + `SecurityProviders`, namedValues, []string{"SecurityProviders"}, false, false},
	{"lsa_provides", controlKey + `NetworkProvider\Order`, namedValues, []string{"ProviderOrder"}, false, false},
	{"winsock_provides", `System\CurrentControlSet\Services\WinSock2\Parameters\Protocol_Catalog9\Catalog_Entries64`, subkeys, []string{"PackedCatalogItem", "ProtocolName"}, false, false},
	{"winsock_provides", `System\CurrentControlSet\Services\WinSock2\Parameters\NameSpace_Catalog5\Catalog_Entries64`, subkeys, []string{"LibraryPath"}, false, false},
	{"drivers", systemKey + `Font Drivers`, eachValue, nil, false, false},
	{"services", `System\CurrentControlSet\Services`, services, nil, false, false},
}

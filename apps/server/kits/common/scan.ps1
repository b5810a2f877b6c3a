# One Genehound scan of this machine: powershell -ExecutionPolicy Bypass -File scan.ps1 [-Now] [-Again]
#   -Now     without the random delay that spreads a roll-out
#   -Again   although this machine was scanned within the last KIT_EVERY hours
# Takes the Scanner.exe that lies beside it or downloads it, verifies its hash, runs it, and deletes it. Settings are in
# kit.conf, the server and its key in genehound.conf; neither is ever printed. Exits as the scanner does
# (0 complete, 20 incomplete, 30 not delivered, 3 key refused), 4 on a platform without a scanner, 5 on a wrong hash.
param([switch]$Now, [switch]$Again)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$kit = Split-Path -Parent $MyInvocation.MyCommand.Path

function Read-Settings([string]$path) {
  $found = @{}
  foreach ($line in [System.IO.File]::ReadAllLines($path)) {
    $at = $line.IndexOf('=')
    if ($at -gt 0 -and -not $line.StartsWith('#')) { $found[$line.Substring(0, $at).Trim()] = $line.Substring($at + 1).Trim() }
  }
  return $found
}
$settings = Read-Settings (Join-Path $kit 'kit.conf')
$server = Read-Settings (Join-Path $kit 'genehound.conf')

if (-not [Environment]::Is64BitOperatingSystem) {
  [Console]::Error.WriteLine('genehound: no scanner for 32-bit Windows')
  exit 4
}
# Only administrators write there. In ProgramData every user could make a file that pretends that a scan was made.
$machine = [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]::LocalMachine, [Microsoft.Win32.RegistryView]::Registry64)
$place = 'SOFTWARE\Genehound\Kits'
$mark = 'kit-' + $settings['KIT_HUNT']
$opened = $machine.OpenSubKey($place)
$before = $null
if ($null -ne $opened) { $before = $opened.GetValue($mark); $opened.Close() }
if (-not $Again -and $before -is [long]) {
  $hours = ([DateTime]::UtcNow - [DateTime]::FromFileTimeUtc($before)).TotalHours
  if ($hours -ge 0 -and $hours -lt [int]$settings['KIT_EVERY']) {
    Write-Output ("genehound: scanned within the last " + $settings['KIT_EVERY'] + " hours; -Again scans anyway")
    exit 0
  }
}
if (-not $Now -and [int]$settings['KIT_JITTER'] -gt 0) {
  Start-Sleep -Seconds (Get-Random -Maximum ([int]$settings['KIT_JITTER']))
}

$work = Join-Path ([System.IO.Path]::GetTempPath()) ('genehound-' + [Guid]::NewGuid().ToString('N'))
New-Item -ItemType Directory -Path $work | Out-Null
$code = 1
try {
  $scanner = Join-Path $work 'Scanner.exe'
  $beside = Join-Path $kit 'Scanner.exe'
  if (Test-Path -LiteralPath $beside) { Copy-Item -LiteralPath $beside -Destination $scanner }
  elseif (Test-Path -LiteralPath (Join-Path $kit 'authority.pem')) {
    # PowerShell's own client trusts the system's authorities alone.
    [Console]::Error.WriteLine('genehound: this server has an authority of its own; use the kit with the scanner inside')
    exit 30
  } else {
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    $headers = @{ Authorization = 'Bearer ' + $server['key'] }
    try { Invoke-WebRequest -UseBasicParsing -Headers $headers -OutFile $scanner -Uri ($server['url'] + '/api/v2-0/endpoint-scanner/download') }
    catch { [Console]::Error.WriteLine('genehound: the scanner could not be downloaded: ' + $_.Exception.Message); exit 30 }
  }
  $line = [System.IO.File]::ReadAllLines((Join-Path $kit 'scanners.sha256')) | Where-Object { $_ -match '^[0-9a-f]{64}  Scanner\.exe$' }
  $hash = [System.Security.Cryptography.SHA256]::Create()
  $bytes = $hash.ComputeHash([System.IO.File]::ReadAllBytes($scanner))
  $found = [System.BitConverter]::ToString($bytes).Replace('-', '').ToLowerInvariant()
  if (-not $line -or $line.Substring(0, 64) -ne $found) {
    [Console]::Error.WriteLine('genehound: Scanner.exe is not the file that this kit was made with; nothing was run')
    exit 5
  }
  Copy-Item -LiteralPath (Join-Path $kit 'genehound.conf') -Destination $work
  & $scanner --quiet --json
  $code = $LASTEXITCODE
  if ($code -eq 0 -or $code -eq 20) {
    try {
      $opened = $machine.CreateSubKey($place)
      $opened.SetValue($mark, [DateTime]::UtcNow.ToFileTimeUtc(), [Microsoft.Win32.RegistryValueKind]::QWord)
      $opened.Close()
    } catch { [Console]::Error.WriteLine('genehound: only an administrator''s scan is remembered: ' + $_.Exception.Message) }
  }
} finally {
  Remove-Item -LiteralPath $work -Recurse -Force -ErrorAction SilentlyContinue
}
exit $code

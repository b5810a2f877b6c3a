# Detected where this hunt's kit has scanned the machine.
$machine = [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]::LocalMachine, [Microsoft.Win32.RegistryView]::Registry64)
$opened = $machine.OpenSubKey('SOFTWARE\Genehound\Kits')
if ($null -ne $opened) {
  $at = $opened.GetValue('kit-{{HUNT}}')
  if ($at -is [long] -and ([DateTime]::UtcNow - [DateTime]::FromFileTimeUtc($at)).TotalHours -lt {{EVERY}}) { Write-Output 'scanned' }
}
exit 0

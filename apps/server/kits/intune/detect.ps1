# Detected where this hunt's kit has scanned the machine.
$mark = Get-ChildItem -Path (Join-Path $env:ProgramData 'Genehound') -Filter 'kit-{{HUNT}}' -ErrorAction SilentlyContinue
if ($mark -and ((Get-Date) - $mark.LastWriteTime).TotalHours -lt {{EVERY}}) { Write-Output 'scanned' }
exit 0

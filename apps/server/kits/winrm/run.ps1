# Scans machines by WinRM: .\run.ps1 -Computers (Get-Content hosts.txt) [-Parallel 20]
# Prints host and exit status. The kit is copied over the session, so that no share and no second hop is needed.
param([Parameter(Mandatory)][string[]]$Computers, [int]$Parallel = 20)
$kit = Split-Path -Parent $MyInvocation.MyCommand.Path
$sessions = New-PSSession -ComputerName $Computers -ThrottleLimit $Parallel -ErrorAction Continue
foreach ($session in $sessions) {
  $there = Invoke-Command -Session $session { $d = Join-Path $env:windir ('Temp\genehound-kit-' + [Guid]::NewGuid()); [void](New-Item -ItemType Directory $d); $d }
  Copy-Item -ToSession $session -Path (Join-Path $kit '*') -Destination $there -Recurse
  $session | Add-Member -NotePropertyName Kit -NotePropertyValue $there
}
$jobs = foreach ($session in $sessions) {
  Invoke-Command -Session $session -AsJob -ArgumentList $session.Kit -ScriptBlock {
    param($d)
    powershell -NoProfile -ExecutionPolicy Bypass -File (Join-Path $d 'scan.ps1') -Now | Out-Null
    "$env:COMPUTERNAME $LASTEXITCODE"
    Remove-Item -LiteralPath $d -Recurse -Force
  }
}
$jobs | Wait-Job | Receive-Job
$sessions | Remove-PSSession

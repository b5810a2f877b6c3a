# The kit's folder belongs to a module: copy it to MODULES/genehound/files/kit, this file to MODULES/genehound/manifests/init.pp,
# and `include genehound`. The scan is run again by itself once it is older than the kit's KIT_EVERY hours.
class genehound (String $kit = $facts['os']['family'] ? { 'windows' => 'C:/ProgramData/GenehoundKit', default => '/var/lib/genehound-kit' }) {
  if $facts['os']['family'] == 'windows' {
    $run = "powershell -NoProfile -ExecutionPolicy Bypass -File ${kit}/scan.ps1"
  } else {
    $run = "sh ${kit}/scan.sh"
  }
  file { $kit:
    ensure    => directory,
    source    => 'puppet:///modules/genehound/kit',
    recurse   => true,
    purge     => true,
    force     => true,
    owner     => $facts['os']['family'] ? { 'windows' => 'S-1-5-32-544', default => undef },
    group     => $facts['os']['family'] ? { 'windows' => 'S-1-5-18', default => undef },
    mode      => $facts['os']['family'] ? { 'windows' => '0770', default => 'go=' },
    show_diff => false,
  }
  exec { 'genehound scan':
    command => "${run} ${if $facts['os']['family'] == 'windows' { '-Now' } else { '--now' }}",
    path    => ['/bin', '/usr/bin', 'C:/Windows/System32/WindowsPowerShell/v1.0', 'C:/Windows/System32'],
    returns => [0, 20],
    timeout => 1800,
    require => File[$kit],
  }
}

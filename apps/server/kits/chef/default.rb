# The kit's folder belongs to a cookbook: copy it to COOKBOOK/files/kit, this file to COOKBOOK/recipes/default.rb.
kit = platform?('windows') ? 'C:/ProgramData/GenehoundKit' : '/var/lib/genehound-kit'

remote_directory kit do
  source 'kit'
  purge true
  mode '0700' unless platform?('windows')
  files_mode '0600' unless platform?('windows')
  # In ProgramData every user may read and make files.
  owner 'Administrators' if platform?('windows')
  inherits false if platform?('windows')
  rights :full_control, %w(Administrators SYSTEM) if platform?('windows')
  sensitive true
end

execute 'genehound scan' do
  command platform?('windows') ? "powershell -NoProfile -ExecutionPolicy Bypass -File #{kit}/scan.ps1 -Now" : "sh #{kit}/scan.sh --now"
  returns [0, 20]
  timeout 1800
end

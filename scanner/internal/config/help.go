package config

// Help is the text of --help.
const Help = `Genehound scanner: looks for executable code in this machine's memory, sends to the
server what it does not know yet, and exits. It installs and changes nothing.

Usage
  scanner -k KEY [-u URL] [-p PROXY] [options]    scan and deliver
  scanner -o DIR [options]                        scan into a directory, deliver it later
  scanner --dry-run [options]                     list all that would leave this machine

Server
  -k, --key KEY         API key; also GENEHOUND_KEY (arguments show in the process list)
      --key-file FILE   file that holds the API key; also GENEHOUND_KEY_FILE
  -u, --url URL         root of the server, https://HOST[:PORT]; also GENEHOUND_URL
  -p, --proxy PROXY     [user:password@]host:port or a URL; also GENEHOUND_PROXY, HTTPS_PROXY
      --ca FILE         PEM certificates to trust beside the system's
      --pin HEX         SHA-256 of the certificate of the server, or of an authority that it
                        sends along: trust this one and no other (also --fingerprint)
  -i, --id UUID         id of the analysis, chosen by the caller

Scan
  -o, --output DIR      write an offline directory, send nothing
      --encrypt-to KEY  seal what is written on this machine to a public key (age1…)
      --timeout TIME    ceiling of the scan, seconds or 5m (default 9m)
      --process-timeout TIME
                        ceiling of one look at one process (default 60s)
      --cpu PERCENT     ceiling of CPU, percent of one core (default 25; 100 is none)
      --mem MB          ceiling of the scanner's own memory (default 64)
      --max-upload MB   send at most so much code (default: no ceiling)
      --max-rate MB     send at most so much a second (default: no ceiling)
      --pid PID,...     read these processes only
      --exclude PID,... do not read these processes
      --private         pseudonyms for user names, profile paths and command lines
      --private-key-file FILE
                        the organisation's key of pseudonyms: equal names, equal pseudonyms
      --self-test       hold the code of the harmless Genehound Test Threat in memory of
                        this process: the endpoint is found infected by it

Output
      --json            one JSON line of results on standard output
  -q, --quiet           errors only
      --dry-run         list every message and byte range that would leave, send nothing
      --fail-on-suspicious
                        exit 10 when there are findings
      --version         version and platform
  -h, --help            this text

genehound.conf beside the scanner holds "name = value" lines: url, key, key_file, proxy,
ca, fingerprint, timeout, process_timeout, cpu, mem, max_upload, max_rate,
private, private_key_file, exclude. Arguments come first, then the environment.

Exit status
   0  complete and delivered (or written to DIR), whatever was found
   1  internal error
   2  wrong usage, no server known, or this machine is not supported (which is
      told to the server)
   3  the server refuses the key; nothing was collected
  10  findings, with --fail-on-suspicious
  20  delivered, but not everything could be read: see the coverage
  30  not delivered; kept in a directory whose path is printed
`

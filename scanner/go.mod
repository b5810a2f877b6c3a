module genehound/scanner

go 1.21

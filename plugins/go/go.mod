module warden

go 1.19

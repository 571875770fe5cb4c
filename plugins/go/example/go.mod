module dummy

go 1.19

require warden v0.0.0

replace warden => ../

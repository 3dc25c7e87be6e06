autocmd BufRead,BufNewFile *.snarl setfiletype snarl

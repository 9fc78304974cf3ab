autocmd BufNewFile,BufRead *.trama setfiletype trama

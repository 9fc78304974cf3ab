if exists("b:did_ftplugin")
  finish
endif
let b:did_ftplugin = 1

setlocal commentstring=#\ %s comments=:#
setlocal expandtab shiftwidth=4 softtabstop=4 textwidth=100
" :make checks the file and fills the quickfix list.
setlocal makeprg=trama\ check\ %:S
setlocal errorformat=%E%trror[T%n]:\ %m,%W%tarning[T%n]:\ %m,%I%tote[T%n]:\ %m,%C\ %#-->\ %f:%l:%c,%C%.%#

let b:undo_ftplugin = "setlocal commentstring< comments< expandtab< shiftwidth< softtabstop< textwidth< makeprg< errorformat<"

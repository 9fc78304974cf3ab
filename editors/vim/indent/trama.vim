if exists("b:did_indent")
  finish
endif
let b:did_indent = 1

setlocal indentexpr=TramaIndent() indentkeys=0},0),0],0\|,0>,!^F,o,O
let b:undo_indent = "setlocal indentexpr< indentkeys<"

if exists("*TramaIndent")
  finish
endif

" A line without its strings and comments.
function! s:Code(line) abort
  return substitute(substitute(getline(a:line), '"\%(\\.\|[^"\\]\)*"', '', 'g'), '#.*', '', '')
endfunction

" Opening minus closing brackets of a line; closing ones at its beginning are counted with the line itself.
function! s:Opened(line) abort
  let l:code = substitute(s:Code(a:line), '^\s*\%(}\|)\||\]\|\]\)', '', '')
  return len(substitute(l:code, '[^({[]', '', 'g')) - len(substitute(l:code, '[^)}\]]', '', 'g'))
endfunction

" One step more behind a line that opens a bracket, one less for a line that closes one; a line that begins with `>>`
" goes on with the one above.
function! TramaIndent() abort
  let l:previous = prevnonblank(v:lnum - 1)
  if l:previous == 0
    return 0
  endif
  let l:opened = s:Opened(l:previous)
  let l:indent = indent(l:previous) + (l:opened > 0 ? shiftwidth() : l:opened < 0 ? -shiftwidth() : 0)
  let l:line = getline(v:lnum)
  if l:line =~# '^\s*\%(}\|)\|\]\||\]\)'
    return max([l:indent - shiftwidth(), 0])
  endif
  let l:continues = getline(l:previous) =~# '^\s*>>'
  if l:line =~# '^\s*>>' && !l:continues && s:Code(l:previous) =~# '^\s*\%(def\s.\{-}\|\h\w*\s*\)=[^=]'
    return l:indent + shiftwidth()
  endif
  if l:continues && l:line =~# '^\%(def\>\|import\>\|\h\w*\s*=[^=]\|#\)'
    return indent(v:lnum)
  endif
  return max([l:indent, 0])
endfunction

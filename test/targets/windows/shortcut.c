/* Writes a shortcut as Windows's shell does, as installers, users and malware put into the start-up folder.
   usage: shortcut LINK TARGET ARGUMENTS */
#define COBJMACROS
#include "target.h"
#include <objbase.h>
#include <shlobj.h>

static const wchar_t *wide(const char *text) {
  wchar_t *copy = calloc(MAX_PATH, sizeof *copy);
  if (!copy || !MultiByteToWideChar(CP_UTF8, 0, text, -1, copy, MAX_PATH)) fail("text");
  return copy;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  IShellLinkW *link;
  IPersistFile *file;
  if (FAILED(CoInitialize(NULL))) fail("COM");
  if (FAILED(CoCreateInstance(&CLSID_ShellLink, NULL, CLSCTX_INPROC_SERVER, &IID_IShellLinkW, (void **)&link))) fail("link");
  if (FAILED(IShellLinkW_SetPath(link, wide(argv[2])))) fail("target");
  if (FAILED(IShellLinkW_SetArguments(link, wide(argv[3])))) fail("arguments");
  if (FAILED(IShellLinkW_QueryInterface(link, &IID_IPersistFile, (void **)&file))) fail("file");
  if (FAILED(IPersistFile_Save(file, wide(argv[1]), TRUE))) fail("save");
  return 0;
}

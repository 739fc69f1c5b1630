/* What Wine 8 lacks and the programs need, as a library named bcryptprimitives.dll beside them.
 *
 * - The library itself: Rust's standard library takes random numbers from it.
 * - Where a tray icon is: Wine answers "not implemented", and the app's tray ignores every click on an icon without a place. */
#include <string.h>
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {
  while (length) {
    ULONG part = length > 0x10000000 ? 0x10000000 : (ULONG)length;
    if (!SystemFunction036(data, part)) return FALSE;
    data += part;
    length -= part;
  }
  return TRUE;
}

/* The place of the one icon in Wine's tray. */
static HRESULT WINAPI place_of_icon(const void *identifier, RECT *place) {
  HWND tray = FindWindowA("__winex11_standalone_tray", NULL);
  HWND icon = FindWindowExA(tray, NULL, "__winex11_tray_icon", NULL);
  (void)identifier;
  return tray && icon && GetWindowRect(icon, place) ? S_OK : E_FAIL;
}

/* Lets a function begin with a jump to another one. */
static void replace(BYTE *function, void *by) {
  BYTE jump[] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0}; /* mov rax, by; jmp rax */
  DWORD access;
  memcpy(jump + 2, &by, sizeof by);
  if (function && VirtualProtect(function, sizeof jump, PAGE_EXECUTE_READWRITE, &access)) {
    memcpy(function, jump, sizeof jump);
    VirtualProtect(function, sizeof jump, access, &access);
  }
}

BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, LPVOID reserved) {
  HMODULE shell = reason == DLL_PROCESS_ATTACH ? LoadLibraryA("shell32.dll") : NULL;
  (void)library, (void)reserved;
  if (shell) replace((BYTE *)GetProcAddress(shell, "Shell_NotifyIconGetRect"), place_of_icon);
  return TRUE;
}

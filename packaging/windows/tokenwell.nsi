; The installer of the app for Windows, for one user and without administrator's rights.
; makensis -DVERSION=… -DNUMBERS=… -DCOMPRESSOR=lzma -DPROGRAMS=… -DREPOSITORY=… -DOUTPUT=… tokenwell.nsi

Target amd64-unicode
ManifestDPIAware true
RequestExecutionLevel user
SetCompressor /SOLID ${COMPRESSOR}
Name "Tokenwell"
OutFile "${OUTPUT}"

!include "LogicLib.nsh"
!include "FileFunc.nsh"
!include "MUI2.nsh"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Tokenwell"
!define CLASS "Software\Classes\tokenwell"
!define AT_LOGIN "Software\Microsoft\Windows\CurrentVersion\Run"
!define AT_LOGIN_SWITCH "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
; Microsoft documents this key for finding out whether the WebView2 runtime is installed.
!define WEBVIEW2 "Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"
!define WEBVIEW2_SETUP "https://go.microsoft.com/fwlink/p/?LinkId=2124703"
!define DATA "$LOCALAPPDATA\app.tokenwell.desktop"

InstallDir "$LOCALAPPDATA\Programs\Tokenwell"
InstallDirRegKey HKCU "${UNINSTALL}" "InstallLocation"

!define MUI_ICON "${REPOSITORY}\icons\icon.ico"
!define MUI_UNICON "${REPOSITORY}\icons\icon.ico"
!define MUI_FINISHPAGE_RUN "$INSTDIR\tokenwell.exe"
!define MUI_FINISHPAGE_RUN_PARAMETERS "--panel"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"

LangString NoWebView2 ${LANG_ENGLISH} "Tokenwell is installed. Its panel needs Microsoft's WebView2 Runtime, which could not be installed. \
Tray icon and notifications work without it. Install it from https://developer.microsoft.com/microsoft-edge/webview2 to open the panel."
LangString NoWebView2 ${LANG_GERMAN} "Tokenwell ist installiert. Das Fenster braucht die WebView2-Runtime von Microsoft, die nicht installiert \
werden konnte. Symbol und Benachrichtigungen gehen auch ohne sie. Das Fenster öffnet sich, sobald die Runtime von \
https://developer.microsoft.com/microsoft-edge/webview2 installiert ist."
LangString Running ${LANG_ENGLISH} "Tokenwell cannot be closed. Quit it in its tray menu, then try again."
LangString Running ${LANG_GERMAN} "Tokenwell lässt sich nicht schließen. Beenden Sie es über das Menü des Symbols und versuchen Sie es noch einmal."
LangString DeleteData ${LANG_ENGLISH} "Also delete Tokenwell's settings and the balance that it has stored on this computer?"
LangString DeleteData ${LANG_GERMAN} "Auch die Einstellungen und den gespeicherten Tokenstand auf diesem Computer löschen?"

VIProductVersion "${NUMBERS}.0"
VIAddVersionKey /LANG=${LANG_ENGLISH} "ProductName" "Tokenwell"
VIAddVersionKey /LANG=${LANG_ENGLISH} "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=${LANG_ENGLISH} "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=${LANG_ENGLISH} "FileDescription" "Installer of Tokenwell"
VIAddVersionKey /LANG=${LANG_ENGLISH} "LegalCopyright" "Tokenwell contributors"

; Ends the app. A file that runs cannot be replaced, and Windows frees it a moment after its program has ended.
!macro Close un
Function ${un}CloseApp
  ${IfNot} ${FileExists} "$INSTDIR\tokenwell.exe"
    Return
  ${EndIf}
  nsExec::Exec 'taskkill /F /IM tokenwell.exe'
  Pop $0
  ${For} $1 1 100
    ClearErrors
    FileOpen $0 "$INSTDIR\tokenwell.exe" a
    ${IfNot} ${Errors}
      FileClose $0
      Return
    ${EndIf}
    Sleep 100
  ${Next}
  MessageBox MB_OK|MB_ICONSTOP "$(Running)" /SD IDOK
  SetErrorLevel 1
  Quit
FunctionEnd
!macroend
!insertmacro Close ""
!insertmacro Close "un."

; The version of WebView2 in $0; empty if it is missing.
Function FindWebView2
  ReadRegStr $0 HKLM "SOFTWARE\WOW6432Node\${WEBVIEW2}" "pv"
  ${If} $0 == ""
  ${OrIf} $0 == "0.0.0.0"
    ReadRegStr $0 HKCU "Software\${WEBVIEW2}" "pv"
  ${EndIf}
  ${If} $0 == "0.0.0.0"
    StrCpy $0 ""
  ${EndIf}
FunctionEnd

; Installs WebView2 with Microsoft's own setup. The app is useful without it, so a failure ends nothing.
Function NeedWebView2
  Call FindWebView2
  ${If} $0 != ""
    Return
  ${EndIf}
  DetailPrint "WebView2: ${WEBVIEW2_SETUP}"
  nsExec::Exec 'curl.exe --fail --silent --location --output "$PLUGINSDIR\webview2.exe" "${WEBVIEW2_SETUP}"'
  Pop $0
  ${If} $0 == 0
    ExecWait '"$PLUGINSDIR\webview2.exe" /silent /install'
  ${EndIf}
  Call FindWebView2
  ${If} $0 == ""
    DetailPrint "$(NoWebView2)"
    ; Whoever installs it without a window reads the output.
    System::Call 'kernel32::GetStdHandle(i -11) p.r1'
    FileWrite $1 "$(NoWebView2)$\r$\n"
    MessageBox MB_OK|MB_ICONINFORMATION "$(NoWebView2)" /SD IDOK
  ${EndIf}
FunctionEnd

Section
  InitPluginsDir
  Call CloseApp
  SetOutPath "$INSTDIR"
  File "${PROGRAMS}\tokenwell.exe"
  File "${PROGRAMS}\tokenwell-glance.exe"
  File "${PROGRAMS}\WebView2Loader.dll"
  File "${REPOSITORY}\LICENSE-APACHE"
  File "${REPOSITORY}\LICENSE-MIT"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Tokenwell.lnk" "$INSTDIR\tokenwell.exe" "--panel"

  WriteRegStr HKCU "${CLASS}" "" "URL:Tokenwell"
  WriteRegStr HKCU "${CLASS}" "URL Protocol" ""
  WriteRegStr HKCU "${CLASS}\DefaultIcon" "" "$INSTDIR\tokenwell.exe,0"
  WriteRegStr HKCU "${CLASS}\shell\open\command" "" '"$INSTDIR\tokenwell.exe" "%1"'

  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Tokenwell"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\tokenwell.exe,0"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "Tokenwell contributors"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" $0
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  Call NeedWebView2
  Call StartAgain
SectionEnd

; With /RESTART, as the app itself starts an update: the app runs afterwards, whatever became of the update.
Function StartAgain
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/RESTART" $1
  ${IfNot} ${Errors}
  ${AndIf} ${FileExists} "$INSTDIR\tokenwell.exe"
    Exec '"$INSTDIR\tokenwell.exe"'
  ${EndIf}
FunctionEnd

Function .onInstFailed
  Call StartAgain
FunctionEnd

; Deletes all that the installer wrote, and the entry for the start at login. Data stays unless its user says otherwise,
; without a window with /DATA.
Section "Uninstall"
  Call un.CloseApp
  Delete "$INSTDIR\tokenwell.exe"
  Delete "$INSTDIR\tokenwell-glance.exe"
  Delete "$INSTDIR\WebView2Loader.dll"
  Delete "$INSTDIR\LICENSE-APACHE"
  Delete "$INSTDIR\LICENSE-MIT"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\Tokenwell.lnk"
  DeleteRegKey HKCU "${CLASS}"
  DeleteRegValue HKCU "${AT_LOGIN}" "Tokenwell"
  DeleteRegValue HKCU "${AT_LOGIN_SWITCH}" "Tokenwell"
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/DATA" $1
  ${IfNot} ${Errors}
    RMDir /r "${DATA}"
  ${ElseIf} ${FileExists} "${DATA}\*.*"
    MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "$(DeleteData)" /SD IDNO IDNO keep
    RMDir /r "${DATA}"
    keep:
  ${EndIf}
  ; Last, so that the app is listed until all of it is gone.
  DeleteRegKey HKCU "${UNINSTALL}"
SectionEnd

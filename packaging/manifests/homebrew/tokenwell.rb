cask "tokenwell" do
  version "@VERSION@"
  sha256 "@SHA256:@DMG@@"

  url "@REPOSITORY@/releases/download/v#{version}/Tokenwell_#{version}_aarch64.dmg"
  name "Tokenwell"
  desc "Generation tokens at a glance, and top-ups in place"
  homepage "@REPOSITORY@"

  depends_on arch: :arm64

  app "Tokenwell.app"
  binary "#{appdir}/Tokenwell.app/Contents/MacOS/tokenwell-glance"

  zap trash: [
    "~/Library/Application Support/app.tokenwell.desktop",
    "~/Library/Caches/app.tokenwell.desktop",
    "~/Library/Logs/app.tokenwell.desktop",
    "~/Library/WebKit/app.tokenwell.desktop",
  ]
end

import sys
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

app = QApplication(sys.argv)
app.setQuitOnLastWindowClosed(False)
picture = QPixmap(48, 48)
picture.fill(QColor(128, 128, 128))
icon = QSystemTrayIcon(QIcon(picture))
icon.setToolTip("Empty")
menu = QMenu()
menu.addAction("Quit", app.quit)
icon.setContextMenu(menu)
icon.show()
sys.exit(app.exec())

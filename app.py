"""The web page of the studio: ``python app.py``, then open the address it prints."""

from studio.ui.app import build, launch

if __name__ == "__main__":
    launch(build())

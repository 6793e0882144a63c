"""The archive shown in a browser, by players that exist: pywb, or ReplayWeb.page over a WACZ."""

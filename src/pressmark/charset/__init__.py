"""Which characters the bytes of a page or feed are, decided as browsers decide it."""

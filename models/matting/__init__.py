"""Classical matting: filling colours across gaps, keying and refining a matte."""

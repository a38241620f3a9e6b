"""The web side of Retold: one polite Scrapy process per run, and where a site needs it, its selectors."""

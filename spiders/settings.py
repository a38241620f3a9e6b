"""Scrapy, hardened: every setting that differs from its defaults, and why."""

from __future__ import annotations

from typing import Any

from pipeline.config import HttpSettings

ASYNCIO_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
HANDLER = "spiders.handler.Handler"
FEED_TYPES = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9"
BACKLOG_BYTES = 4_000_000  # of bodies that wait for a parser, beside a largest one; then nothing more is asked
ACCEPT = {  # by kind of URL
    "feed": f"{FEED_TYPES}, */*;q=0.5",
    "sitemap": "application/xml, text/xml, */*;q=0.5",
    "page": "text/html, application/xhtml+xml;q=0.9, */*;q=0.5",
}

# Scrapy's defaults that we do without, or that `middlewares.py` replaces.
SCRAPY = "scrapy.downloadermiddlewares"
DROPPED_MIDDLEWARES = (
    f"{SCRAPY}.cookies.CookiesMiddleware",
    f"{SCRAPY}.httpauth.HttpAuthMiddleware",
    f"{SCRAPY}.httpcache.HttpCacheMiddleware",
    f"{SCRAPY}.httpcompression.HttpCompressionMiddleware",
    f"{SCRAPY}.httpproxy.HttpProxyMiddleware",
    f"{SCRAPY}.offsite.OffsiteMiddleware",
    f"{SCRAPY}.redirect.MetaRefreshMiddleware",
    f"{SCRAPY}.redirect.RedirectMiddleware",
    f"{SCRAPY}.robotstxt.RobotsTxtMiddleware",
    f"{SCRAPY}.stats.DownloaderStats",
)
OUR_MIDDLEWARES = {
    "spiders.middlewares.Manners": 50,  # before robots.txt: a host that told us to wait is asked nothing
    "spiders.robots.Robots": 100,
    "spiders.reservations.Reservations": 110,  # whom robots.txt keeps off asks for no tdmrep.json either
    "spiders.middlewares.Decode": 590,
    "spiders.middlewares.Redirects": 600,
}
DROPPED_SPIDER_MIDDLEWARES = (  # they drop or change requests behind our back; each URL needs one outcome
    "scrapy.spidermiddlewares.depth.DepthMiddleware",
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware",
    "scrapy.spidermiddlewares.referer.RefererMiddleware",
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware",
)
DROPPED_EXTENSIONS = (  # listening sockets, log lines and files that nobody asked for
    "scrapy.extensions.closespider.CloseSpider",
    "scrapy.extensions.corestats.CoreStats",
    "scrapy.extensions.feedexport.FeedExporter",
    "scrapy.extensions.logcount.LogCount",
    "scrapy.extensions.logstats.LogStats",
    "scrapy.extensions.memdebug.MemoryDebugger",
    "scrapy.extensions.memusage.MemoryUsage",
    "scrapy.extensions.remote_control.RemoteControl",
    "scrapy.extensions.spiderstate.SpiderState",
    "scrapy.extensions.telnet.TelnetConsole",
)


def settings(http: HttpSettings) -> dict[str, Any]:
    """Scrapy's settings for one crawl."""
    return {**_reach(http), **_limits(http), **_manners(http), **_quiet()}


def _reach(http: HttpSettings) -> dict[str, Any]:
    """What we can connect to, and what we give away."""
    return {
        "DOWNLOAD_HANDLERS": {  # http(s) only, through the guard; file: and data: are on by default
            "http": HANDLER,
            "https": HANDLER,
            **dict.fromkeys(("data", "file", "ftp", "s3")),
        },
        "DOWNLOAD_VERIFY_CERTIFICATES": True,  # off by default
        "DOWNLOAD_TLS_MIN_VERSION": "TLSv1.2",  # RFC 8996 retires 1.0 and 1.1
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "HTTPPROXY_ENABLED": False,  # http_proxy in the environment would bypass the guard
        "COOKIES_ENABLED": False,
        "REFERER_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "REDIRECT_MAX_TIMES": http.max_redirects,
        "DOWNLOADER_MIDDLEWARES": {**dict.fromkeys(DROPPED_MIDDLEWARES), **OUR_MIDDLEWARES},
        "SPIDER_MIDDLEWARES": dict.fromkeys(DROPPED_SPIDER_MIDDLEWARES),
    }


def _limits(http: HttpSettings) -> dict[str, Any]:
    return {
        "DOWNLOAD_MAXSIZE": http.max_body_mb * 1_000_000,  # as received; again after decompression
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,  # half a feed is no feed
        "DOWNLOAD_TIMEOUT": http.page_timeout_s,  # robots.txt; the others bring their own total time
        "RETRY_TIMES": 1,  # a lost connection; an HTTP status is an answer, and the next run asks again
        "RETRY_HTTP_CODES": [],
        "RETRY_EXCEPTIONS": [
            "scrapy.exceptions.DownloadConnectionRefusedError",
            "scrapy.exceptions.DownloadFailedError",
            "scrapy.exceptions.ResponseDataLossError",
            "twisted.internet.error.ConnectError",
            "twisted.internet.error.ConnectionDone",
            "twisted.internet.error.ConnectionLost",
        ],
        "SCRAPER_SLOT_MAX_ACTIVE_SIZE": http.max_body_mb * 1_000_000 + BACKLOG_BYTES,
    }


def _manners(http: HttpSettings) -> dict[str, Any]:
    return {
        "USER_AGENT": http.user_agent,
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": http.user_agent.split("/")[0],  # RFC 9309 §2.2.1: the product token alone
        "CONCURRENT_REQUESTS": http.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": http.per_host,
        "DOWNLOAD_DELAY": http.delay_s,
        "AUTOTHROTTLE_ENABLED": True,  # a slow server is asked more slowly
        "AUTOTHROTTLE_START_DELAY": http.delay_s,
        "AUTOTHROTTLE_MAX_DELAY": 30.0,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(http.per_host),
        "SCHEDULER_PRIORITY_QUEUE": "spiders.turns.Turns",
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",  # in the order asked; last-in first-out by default
        "CONCURRENT_ITEMS": 1,  # so many tasks are made for each response; our callbacks return no items
        "DEFAULT_REQUEST_HEADERS": {},  # ours are set request by request
    }


def _quiet() -> dict[str, Any]:
    return {
        "TWISTED_REACTOR": ASYNCIO_REACTOR,
        "EXTENSIONS": dict.fromkeys(DROPPED_EXTENSIONS),
        "LOG_INSTALL_ROOT_HANDLER": False,  # logging belongs to the command line
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
        "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",  # counted for nobody, forty times a page
    }

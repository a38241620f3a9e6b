"""Imported by the server that parsers are forked from: the limit of a full disk is the database's, not that of the
temporary files of libraries."""

import resource

resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

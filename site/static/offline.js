/* Summaries of search results are fetched: a browser refuses that for pages opened from files. */
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

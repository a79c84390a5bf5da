# site/site.mk: the part of the Makefile for the web site; its names and variables are used here

# Debian's, which has the packages: another python3 may come first in PATH
SITE_PYTHON   := /usr/bin/python3
PACKAGES_SITE := make python3 python3-sphinx python3-myst-parser furo python3-sphinx-copybutton \
                 python3-jieba
PACKAGES_SITE_CHECK := chromium chromium-driver fonts-dejavu-core fonts-wqy-microhei

.PHONY: site site-check deps-site deps-site-check

# a translation that is missing, or older than its source, fails the build as a broken link does;
# -a: all pages are written, since each has the contents of all
site: translations-check ## make the web site in build/site (after make deps-site)
	$(Q)$(SITE_PYTHON) -B site/stage.py
	$(Q)rm -rf build/site
	$(Q)$(SITE_PYTHON) -B -m sphinx -a -j auto -W --keep-going -q -c site -d build/site-doctrees \
	    build/site-pages build/site
	@echo "build/site/index.html: $$(find build/site -name '*.html' | wc -l) pages"

site-check: site ## try the site in a browser: widths, dark, print, without JavaScript (4 minutes)
	$(Q)$(SITE_PYTHON) -B tests/site/test_site.py
	$(Q)$(SITE_PYTHON) -B tests/site/site-check

deps-site: ## install what make site needs
	@tests/tools/deps $(PACKAGES_SITE)

deps-site-check: deps-site ## install also the browser that make site-check needs
	@tests/tools/deps $(PACKAGES_SITE_CHECK)

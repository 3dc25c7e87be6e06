/* page_assets.h: the style and the scripts of the page, as the build embeds them from viz/page (viz/page/embed.cmake).
 *
 * Shape   NUL-terminated text. */
#ifndef VIZ_PAGE_ASSETS_H
#define VIZ_PAGE_ASSETS_H

extern const char page_style[];
extern const char page_script[];

#endif

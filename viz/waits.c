#include "viz/waits.h"
#include "viz/render.h"
void waits_draw(Sheet *sheet, const SnTrace *trace, uint32_t page)
{
    (void)trace;(void)page;
    sheet_finish(sheet);
}
SnStatus sn_draw_waits(const SnTrace *trace, const SnDrawOptions *options, char **bytes, size_t *length, char **message)
{
    (void)trace;(void)options;(void)bytes;(void)length; *message=NULL;
    return SN_INVALID;
}

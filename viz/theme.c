#include "viz/theme.h"

static const Theme themes[2] = {
    [SN_THEME_LIGHT] =
        {
            .page = "#FFFFFF",
            .text = "#1A1A1A",
            .mute = "#55606B",
            .line = "#87909B",
            .lanes = {"#F4F6F8", "#E9EDF1"},
            .path = "#AEB7C2",
            .bad = {"#C00000", "#FFE1DC"},
            .good = {"#06604D", "#D8F5E4"},
            .objects = {{"#0B5CAD", "#A6CDF7"},
                        {"#8A3B00", "#FFC894"},
                        {"#6E6300", "#F7EC8E"},
                        {"#B01E6E", "#F4A6C4"},
                        {"#06604D", "#B5EFCB"},
                        {"#4E1A80", "#C3A2E0"},
                        {"#3F4A55", "#D5DBE2"}},
        },
    [SN_THEME_DARK] =
        {
            .page = "#15191E",
            .text = "#F4F6F8",
            .mute = "#AAB4BF",
            .line = "#7F8A96",
            .lanes = {"#1C2229", "#262D36"},
            .path = "#5B6672",
            .bad = {"#FF7A6B", "#64180F"},
            .good = {"#6FE3B4", "#0B4338"},
            .objects = {{"#6CBDF0", "#175085"},
                        {"#F8A345", "#6E4206"},
                        {"#F9E087", "#565020"},
                        {"#F08FC0", "#832B56"},
                        {"#7CF2B5", "#0B4A3C"},
                        {"#C9B3FA", "#40185E"},
                        {"#C3CCD6", "#39424D"}},
        },
};

const Theme *theme_get(SnTheme which)
{
    return &themes[which == SN_THEME_DARK ? SN_THEME_DARK : SN_THEME_LIGHT];
}

Paint theme_object(const Theme *theme, uint32_t k)
{
    return theme->objects[k % THEME_OBJECTS];
}

/* waits_model.h: the wait-for graph of the last state, and where its parts go.
 *
 * Each cycle is a ring of its own. Who waits but is in no cycle stands beside the ring that it leads to, or, when
 * it leads to none, in columns: who waits on the left, whoever could help on the right.
 *
 * Units   points; `at` is the middle of a node, `rx` and `ry` half its width and height.
 * Owner   the arena given. */
#ifndef VIZ_WAITS_MODEL_H
#define VIZ_WAITS_MODEL_H

#include "viz/sheet.h"

typedef enum WaitNodeKind {
    WAIT_THREAD,
    WAIT_OBJECT,
    WAIT_PLATE, /* words: who could help, and why they do not */
    WAIT_CROWD, /* several threads that wait in the same place for the same object */
    WAIT_MORE   /* members of a ring that are left out */
} WaitNodeKind;

typedef struct WaitNode {
    WaitNodeKind kind;
    uint32_t index;  /* thread or object */
    char *name;      /* clean */
    char *words;     /* plates and crowds; a second line in threads that ended or run on; or NULL */
    bool is_stuck;   /* thread: waits */
    uint32_t ring;   /* 0: in none, else which, from 1 */
    uint32_t depth;  /* beside a ring: how far from it; in columns: how far from the right */
    uint32_t root;   /* beside a ring: the ring node that it leads to; in columns: SN_NONE */
    uint32_t parent; /* the node towards the ring, or towards the right; SN_NONE */
    Point at;
    double rx, ry;
    bool is_placed;
    Agnode_t *node;
} WaitNode;

typedef enum WaitEdgeKind {
    EDGE_WAITS,
    EDGE_HOLDS,
    EDGE_JOINS,
    EDGE_HELP /* the head does not own the tail, but could provide it */
} WaitEdgeKind;

typedef struct WaitEdge {
    WaitEdgeKind kind;
    uint32_t tail, head; /* nodes */
    uint32_t line;       /* 0: none */
    uint32_t ring;       /* 0: not part of a cycle */
} WaitEdge;

typedef struct WaitRing {
    uint32_t first, count; /* nodes, in the order of the cycle */
    uint32_t cycle;        /* SnTrace.cycle_start */
    Point center;
    double rx, ry;
    double spacing; /* along the ring, from node to node */
} WaitRing;

typedef struct WaitModel {
    const SnTrace *trace;
    const Sheet *sheet; /* its language */
    Arena *arena;
    ArenaVec(WaitNode) nodes;
    ArenaVec(WaitEdge) edges;
    ArenaVec(WaitRing) rings;
    uint32_t hidden_rings;
    uint32_t outside; /* threads that wait, but in no cycle */
} WaitModel;

/* What a thread would have to do with an object of this kind to let a waiter go on: "release it". */
WordId waits_help(SnObjectKind kind);
WaitModel *waits_build(Sheet *sheet, const SnTrace *trace);
/* Gives every node a place and a size within `area`. */
void waits_place(WaitModel *model, Rect area);

#endif

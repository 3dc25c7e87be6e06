/* checkpointing.c: whether an exploration may go on from a checkpoint, and what is told about the one that it writes. */
#include "api/reducing.h"

#include <errno.h>
#include <string.h>
#include <xxhash.h>

static const double usual_seconds = 30;

/* ------------------------------------------------------------------------ identity */

static uint64_t mix(uint64_t hash, const void *bytes, size_t count)
{
    return XXH3_64bits_withSeed(bytes, count, hash);
}

/* The text, and the values of its constants: -D says some of them. */
static uint64_t hash_scenario(const SnScenario *scenario)
{
    uint64_t hash = mix(0, scenario->source.text, scenario->source.length);
    for (uint32_t i = 0; i < scenario->tree->symbols.count; i++) {
        const Symbol *symbol = scenario->tree->symbols.items[i];
        if (symbol->kind == SYMBOL_CONST)
            hash = mix(mix(hash, symbol->name, strlen(symbol->name)), &symbol->value, sizeof symbol->value);
    }
    return hash;
}

/* What the scenario was made into, and what is looked for in it. Limits may differ. */
static Status hash_options(const Exploration *exploration, uint64_t *hash)
{
    const SnExploreOptions *options = &exploration->options;
    const LowerOptions *lowering = &exploration->scenario->lowering;
    const uint32_t numbers[] = {lowering->statement_granularity, lowering->spurious,         lowering->cores,
                                (uint32_t)options->reduce,       options->skip_lost_updates, options->skip_races};
    Text code = {0};
    program_disassemble(exploration->scenario->program, &code);
    Status status = code.failed ? STATUS_NO_MEMORY : STATUS_OK;
    if (status == STATUS_OK)
        *hash = mix(mix(0, numbers, sizeof numbers), code.bytes == NULL ? "" : code.bytes, code.length);
    text_free(&code);
    return status;
}

static Status identify(const Exploration *exploration, CheckpointIdentity *identity)
{
    *identity = (CheckpointIdentity){.order = 0x01020300 + sizeof(void *)};
    memcpy(identity->version, SN_VERSION, sizeof SN_VERSION);
    identity->scenario = hash_scenario(exploration->scenario);
    return hash_options(exploration, &identity->options);
}

/* ------------------------------------------------------------------------ the past */

static Status refuse(Exploration *exploration, char *message)
{
    exploration->is_refused = true;
    exploration->message = message;
    return message == NULL ? STATUS_NO_MEMORY : STATUS_INVALID;
}

static Status explain(Exploration *exploration, const char *path, const CheckpointFound *found)
{
    const CheckpointIdentity *mine = &exploration->checkpoint.identity, *other = &found->identity;
    if (!found->is_ours)
        return refuse(exploration, api_message("%s: not a checkpoint of snarl", path));
    if (!found->is_whole)
        return refuse(exploration,
                      api_message("%s: the checkpoint is damaged: its bytes are not those that were written", path));
    if (memcmp(mine->version, other->version, sizeof mine->version) != 0)
        return refuse(exploration, api_message("%s: the checkpoint is of snarl %.*s, and this is snarl %s", path,
                                               (int)sizeof other->version, other->version, SN_VERSION));
    if (mine->order != other->order)
        return refuse(exploration,
                      api_message("%s: the checkpoint was written on a machine of another kind", path));
    if (mine->scenario != other->scenario)
        return refuse(exploration, api_message("%s: the checkpoint is of another scenario: the text, or a value "
                                               "given with -D, is not the same",
                                               path));
    return refuse(exploration, api_message("%s: the checkpoint is of an exploration with other options: --reduce, "
                                           "--granularity and --spurious must be the same",
                                           path));
}

static Status open_past(Exploration *exploration)
{
    const char *path = exploration->options.resume;
    CheckpointFound found;
    errno = 0;
    Status status = checkpoint_open(&exploration->checkpoint, path, &found);
    if (status == STATUS_INVALID)
        return explain(exploration, path, &found);
    if (status == STATUS_IO)
        exploration->message = api_message("%s: cannot be read: %s", path, strerror(errno));
    return status;
}

Status checkpointing_refuse_past(Exploration *exploration)
{
    if (exploration->options.resume == NULL || exploration->is_refused)
        return STATUS_INVALID;
    return refuse(exploration, api_message("%s: the checkpoint is damaged: it does not fit the scenario",
                                           exploration->options.resume));
}

/* ----------------------------------------------------------------------- beginning */

/* What cannot be written is better known now than in an hour. */
static Status try_to_write(Exploration *exploration)
{
    const char *path = exploration->options.checkpoint;
    bool is_other = false;
    Record *record;
    Status status = record_look(path, CHECKPOINT_MAGIC, &is_other);
    if (status == STATUS_OK && is_other)
        return refuse(exploration, api_message("%s: something else than a checkpoint: it is not written over", path));
    if (status == STATUS_OK)
        status = record_create(path, CHECKPOINT_MAGIC, &record);
    if (status == STATUS_OK)
        record_free(record);
    if (status == STATUS_IO)
        exploration->message = api_message("%s: cannot be written: %s", path, strerror(errno));
    return status;
}

/* NULL: there are checkpoints of it. */
static const char *why_none(const SnExploreOptions *options)
{
    if (options->peers != NULL)
        return "checkpoints are written by one process: `snarl explore`, without mpirun";
    if (options->search != SN_SEARCH_EXHAUSTIVE)
        return "there are no checkpoints of random runs: leave out --search, or begin anew with another --seed";
    if (options->has_preemption_bound)
        return "there are no checkpoints of an exploration with --preemptions";
    if (options->reduce == SN_REDUCE_CLASSES)
        return "there are no checkpoints of --reduce classes: classes are counted in one go";
    return NULL;
}

Status checkpointing_begin(Exploration *exploration)
{
    const SnExploreOptions *options = &exploration->options;
    Checkpoint *checkpoint = &exploration->checkpoint;
    if (options->checkpoint == NULL && options->resume == NULL)
        return STATUS_OK;
    const char *none = why_none(options);
    if (none != NULL)
        return refuse(exploration, api_message("%s", none));
    checkpoint->path = options->checkpoint;
    checkpoint->every_seconds = options->checkpoint_seconds > 0 ? options->checkpoint_seconds : usual_seconds;
    Status status = identify(exploration, &checkpoint->identity);
    if (status == STATUS_OK && options->resume != NULL)
        status = open_past(exploration);
    if (status == STATUS_OK && options->checkpoint != NULL)
        status = try_to_write(exploration);
    return status;
}

/* -------------------------------------------------------------------------- ending */

void checkpointing_end(Exploration *exploration)
{
    Checkpoint *checkpoint = &exploration->checkpoint;
    if (checkpoint->path == NULL || exploration->graph == NULL || checkpoint->phase == CHECKPOINT_REDUCED)
        return;
    checkpoint_save_graph(checkpoint, exploration->graph); /* also when it saw all: what follows may take as long */
}

void checkpointing_note(Exploration *exploration)
{
    const Checkpoint *checkpoint = &exploration->checkpoint;
    SnResult *result = &exploration->owned->result;
    Text *text = &exploration->text;
    const SnExploreOptions *options = &exploration->options;
    double seconds = exploration_seconds() - exploration->started;
    result->may_go_on = !result->complete || exploration->was_told_to_stop || exploration->was_cut ||
                        (options->max_seconds > 0 && seconds >= options->max_seconds);
    if (checkpoint->path == NULL || !result->may_go_on)
        return;
    if (checkpoint->error != 0) {
        text_format(text, "%s: cannot be written: %s", checkpoint->path, strerror(checkpoint->error));
        result->checkpoint_failure = exploration_take_text(exploration);
        return;
    }
    if (checkpoint->is_behind)
        text_format(text, "%s: no checkpoint was written, since what --resume gave was not reached again",
                    checkpoint->path);
    else if (checkpoint->written > 0)
        text_format(text, "to go on from here: --resume %s", checkpoint->path);
    else
        return;
    exploration_add_note(exploration, exploration_take_text(exploration));
}

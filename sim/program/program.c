#include "program/program.h"

#include <string.h>

const uint32_t program_op_flags[OP_COUNT] = {
#define LOCAL OPF_LOCAL
#define DEF_A OPF_DEF_A
#define DEF_D OPF_DEF_D
#define USE_A OPF_USE_A
#define USE_B OPF_USE_B
#define USE_C OPF_USE_C
#define USE_D OPF_USE_D
#define USE_E OPF_USE_E
#define OBJECT OPF_OBJECT
#define READS OPF_READS
#define WRITES OPF_WRITES
#define BLOCKS OPF_BLOCKS
#define JUMPS OPF_JUMPS
#define ENDS OPF_ENDS
#define TAKES OPF_TAKES
#define GIVES OPF_GIVES
#define OP(name, text, flags) [OP_##name] = (flags),
#include "program/ops.def"
#undef OP
#undef LOCAL
#undef DEF_A
#undef DEF_D
#undef USE_A
#undef USE_B
#undef USE_C
#undef USE_D
#undef USE_E
#undef OBJECT
#undef READS
#undef WRITES
#undef BLOCKS
#undef JUMPS
#undef ENDS
#undef TAKES
#undef GIVES
};

const char *const program_op_names[OP_COUNT] = {
#define OP(name, text, flags) [OP_##name] = text,
#include "program/ops.def"
#undef OP
};

uint32_t program_domain_of(const Program *program, ObjectId object) {
    uint32_t d = 0;
    while (program->domains[d].object != object) d++;
    return d;
}

uint32_t program_region_end(const Program *program, uint32_t address) {
    const Instr *start = &program->code[address];
    if (start->op != OP_REGION || start->a == 1) return (uint32_t)start->b;
    uint32_t end = address + 1;
    while (end < program->code_count) {
        const Instr *instr = &program->code[end];
        bool same = instr->op == OP_REGION && instr->a == 0 && instr->b == start->b;
        if (instr->op == OP_END || ((instr->flags & INSTR_STEP) && !same)) break;
        end++;
    }
    return end;
}

uint32_t program_region_first(const Program *program, uint32_t address) {
    bool is_statement = program->code[address].a == 0;
    uint32_t end = is_statement ? program_region_end(program, address) : NO_ID;
    for (uint32_t at = address + 1; at < end; at++) {
        const Instr *instr = &program->code[at];
        uint32_t flags = program_op_flags[instr->op];
        if (instr->op == OP_REGION) continue;
        if (!(flags & OPF_LOCAL) && (!is_statement || (flags & OPF_BLOCKS))) return at;
        if (!is_statement && ((flags & (OPF_JUMPS | OPF_ENDS)) || instr->op == OP_REGION_END)) return address;
    }
    return address;
}

const char *program_text(Arena *arena, const Source *source, const Span *span) {
    const char *from = source->text + span->offset;
    char *text = arena_string(arena, from, span->length);
    size_t out = 0;
    bool blank = false;
    for (size_t i = 0; i < span->length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            blank = out > 0;
            continue;
        }
        if (blank) text[out++] = ' ';
        blank = false;
        text[out++] = (char)c;
    }
    text[out] = '\0';
    return text;
}

const char *program_statement_text(const Program *program, Arena *arena, uint32_t site) {
    return program_text(arena, program->scenario->source, &program->sites[site].statement);
}

static void print_operand(const Program *program, Operand operand, Text *out) {
    if (operand == NO_OPERAND)
        text_add(out, "-");
    else if (operand >= 0)
        text_format(out, "r%d", operand);
    else
        text_format(out, "%lld", (long long)program->constants[~operand]);
}

static void print_instr(const Program *program, uint32_t address, Text *out) {
    const Instr *instr = &program->code[address];
    uint32_t flags = program_op_flags[instr->op];
    text_format(out, "%s%s", program_op_names[instr->op], instr->flags & INSTR_TRY ? " (try)" : "");
    if ((flags & OPF_OBJECT) && instr->b >= 0) {
        const Object *object = &program->objects[instr->b];
        if (instr->c == NO_OPERAND) {
            text_format(out, " %s", object->name);
        } else {
            text_format(out, " %s[", object->symbol->name);
            print_operand(program, instr->c, out);
            text_add_char(out, ']');
        }
    }
    if (flags & OPF_JUMPS) text_format(out, " to %d", instr->b);
    const Operand operands[] = {instr->a, instr->b, instr->c, instr->d, instr->e};
    const uint32_t uses[] = {OPF_USE_A, OPF_USE_B, OPF_USE_C, OPF_USE_D, OPF_USE_E};
    for (int i = 0; i < 5; i++) {
        if (!(flags & uses[i]) || operands[i] == NO_OPERAND) continue;
        text_add_char(out, ' ');
        print_operand(program, operands[i], out);
    }
    if ((flags & OPF_DEF_A) && instr->a != NO_OPERAND && instr->a >= 0) text_format(out, " -> r%d", instr->a);
    if ((flags & OPF_DEF_D) && instr->d != NO_OPERAND && instr->d >= 0) text_format(out, ", r%d", instr->d);
    if (instr->result != NO_OPERAND) text_format(out, " -> r%d", instr->result);
}

static void print_source(const Program *program, const Span *span, Text *out) {
    const char *from = program->scenario->source->text + span->offset;
    bool blank = false;
    size_t start = out->length;
    for (uint32_t i = 0; i < span->length; i++) {
        bool is_blank = from[i] == ' ' || from[i] == '\t' || from[i] == '\n' || from[i] == '\r';
        if (!is_blank) {
            if (blank && out->length > start) text_add_char(out, ' ');
            text_add_char(out, from[i]);
        }
        blank = is_blank;
    }
}

/* Whether the instruction begins a step of its own. A statement that is one step has a region ahead of each of its accesses, any of which
 * may be the first; they have its number in common. */
static bool begins_step(const Program *program, uint32_t address, Operand *statement) {
    const Instr *instr = &program->code[address];
    if (!(instr->flags & INSTR_STEP)) return false;
    if (instr->op != OP_REGION || instr->a == 1) return true;
    bool is_new = instr->b != *statement;
    *statement = instr->b;
    return is_new;
}

void program_disassemble(const Program *program, Text *out) {
    for (uint32_t t = 0; t < program->thread_count; t++) {
        const ThreadCode *thread = &program->threads[t];
        uint32_t steps = 0, step = 0;
        Operand statement = NO_OPERAND;
        for (uint32_t i = 0; i < thread->instr_count; i++)
            if (begins_step(program, thread->first_instr + i, &statement)) steps++;
        text_format(out, "%s%s: %u step%s\n", thread->is_daemon ? "daemon " : "", thread->name, steps, steps == 1 ? "" : "s");
        statement = NO_OPERAND;
        for (uint32_t i = thread->first_instr; i < thread->first_instr + thread->instr_count; i++) {
            const Instr *instr = &program->code[i];
            const Site *site = &program->sites[instr->site];
            size_t line_start = out->length;
            bool begins = begins_step(program, i, &statement);
            if (begins)
                text_format(out, "  %3u  line %-4u", ++step, site->part.line);
            else
                text_fill(out, ' ', 16);
            text_format(out, " %4u  ", i);
            print_instr(program, i, out);
            if (begins) {
                size_t width = out->length - line_start;
                text_fill(out, ' ', width < 64 ? 64 - width : 2);
                print_source(program, &site->statement, out);
            }
            text_add_char(out, '\n');
        }
    }
}

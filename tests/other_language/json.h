/* JSON, as much of it as a manifest and a safetensors header need: text -> tree. */
#ifndef JSON_H
#define JSON_H

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_NULL, JSON_TRUE, JSON_FALSE, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_OBJECT };

/* A value. The parts of a list or an object hang on `first` and are chained by `next`; `key` is a part's name. */
typedef struct Json {
    int kind;
    double number;
    char *text, *key;
    struct Json *first, *next;
} Json;

static void *allocate(size_t bytes)
{
    void *memory = calloc(bytes ? bytes : 1, 1);
    if (!memory) { fprintf(stderr, "out of memory\n"); exit(2); }
    return memory;
}

static void bad_json(const char *at)
{
    fprintf(stderr, "not JSON at: %.40s\n", at);
    exit(2);
}

static const char *skip_space(const char *p)
{
    while (isspace((unsigned char)*p)) p++;
    return p;
}

/* A text in quotes. The names that are exchanged hold no escapes but \" and \\. */
static const char *parse_text(const char *p, char **text)
{
    const char *start = ++p;
    char *out;
    while (*p && *p != '"') p += (*p == '\\' && p[1]) ? 2 : 1;
    if (!*p) bad_json(start);
    out = *text = allocate((size_t)(p - start) + 1);
    for (; start < p; start++) {
        if (*start == '\\') start++;
        *out++ = *start;
    }
    return p + 1;
}

static const char *parse_json(const char *p, Json **value);

static const char *parse_parts(const char *p, Json *whole, char end)
{
    Json **place = &whole->first;
    p = skip_space(p + 1);
    while (*p != end) {
        char *key = NULL;
        if (end == '}') {
            if (*p != '"') bad_json(p);
            p = skip_space(parse_text(p, &key));
            if (*p++ != ':') bad_json(p - 1);
        }
        p = skip_space(parse_json(p, place));
        (*place)->key = key;
        place = &(*place)->next;
        if (*p == ',') p = skip_space(p + 1);
        else if (*p != end) bad_json(p);
    }
    return p + 1;
}

static const char *parse_json(const char *p, Json **value)
{
    Json *v = *value = allocate(sizeof(Json));
    char *end;
    p = skip_space(p);
    if (*p == '{') return v->kind = JSON_OBJECT, parse_parts(p, v, '}');
    if (*p == '[') return v->kind = JSON_LIST, parse_parts(p, v, ']');
    if (*p == '"') return v->kind = JSON_TEXT, parse_text(p, &v->text);
    if (!strncmp(p, "null", 4)) return v->kind = JSON_NULL, p + 4;
    if (!strncmp(p, "true", 4)) return v->kind = JSON_TRUE, p + 4;
    if (!strncmp(p, "false", 5)) return v->kind = JSON_FALSE, p + 5;
    v->kind = JSON_NUMBER;
    v->number = strtod(p, &end);
    if (end == p) bad_json(p);
    return end;
}

static void free_json(Json *value)
{
    while (value) {
        Json *next = value->next;
        free_json(value->first);
        free(value->text);
        free(value->key);
        free(value);
        value = next;
    }
}

/* The part of an object that has this name, or NULL. */
static Json *member(const Json *object, const char *key)
{
    Json *part = object ? object->first : NULL;
    while (part && strcmp(part->key, key)) part = part->next;
    return part;
}

static double number_or(const Json *value, double otherwise)
{
    return value && value->kind == JSON_NUMBER ? value->number : otherwise;
}

static const char *text_or(const Json *value, const char *otherwise)
{
    return value && value->kind == JSON_TEXT ? value->text : otherwise;
}

#endif

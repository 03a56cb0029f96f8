/* safetensors: named arrays in a file. For little-endian machines, which nearly all are.

   8 bytes     the length of the header
   header      JSON: {"training.X": {"dtype": "F64", "shape": [4, 7], "data_offsets": [0, 224]}, ...}
   the rest    the numbers; offsets count from here; row-major, the last axis contiguous

   `real` is double or float; arrays of other types (masks, counts of batches) are passed over. */
#ifndef SAFETENSORS_H
#define SAFETENSORS_H

#include <stdint.h>

#include "json.h"

#ifndef REAL
#define REAL double
#endif
typedef REAL real;
#define IS_DOUBLE (sizeof(real) == 8)

typedef struct {
    char *name;
    int axes;
    long shape[8], size;
    real *data;
} Tensor;

typedef struct {
    Tensor *items;
    long count;
} Tensors;

/* Add an array of zeros under the name prefix + name, and return its numbers. */
static real *add_tensor(Tensors *all, const char *prefix, const char *name, int axes, const long *shape)
{
    Tensor new = {NULL, axes, {0}, 1, NULL};
    new.name = allocate(strlen(prefix) + strlen(name) + 1);
    strcat(strcpy(new.name, prefix), name);
    for (int a = 0; a < axes; a++) new.size *= new.shape[a] = shape[a];
    new.data = allocate((size_t)new.size * sizeof(real));
    all->items = realloc(all->items, (size_t)(all->count + 1) * sizeof(Tensor));
    if (!all->items) exit(2);
    all->items[all->count++] = new;
    return new.data;
}

/* The array called prefix + name, or NULL. */
static Tensor *find_tensor(const Tensors *all, const char *prefix, const char *name)
{
    size_t length = strlen(prefix);
    for (long t = 0; t < all->count; t++)
        if (!strncmp(all->items[t].name, prefix, length) && !strcmp(all->items[t].name + length, name))
            return &all->items[t];
    return NULL;
}

/* A whole file as bytes, a 0 behind the last. */
static char *read_file(const char *path, long *length)
{
    FILE *file = fopen(path, "rb");
    char *bytes;
    if (!file) { perror(path); exit(2); }
    fseek(file, 0, SEEK_END);
    *length = ftell(file);
    rewind(file);
    bytes = allocate((size_t)*length + 1);
    if (fread(bytes, 1, (size_t)*length, file) != (size_t)*length) { perror(path); exit(2); }
    fclose(file);
    return bytes;
}

static Tensors read_tensors(const char *path)
{
    Tensors all = {NULL, 0};
    long length;
    char *bytes = read_file(path, &length);
    uint64_t header_length;
    Json *header;
    memcpy(&header_length, bytes, 8);
    char *numbers = bytes + 8 + header_length;
    parse_json(bytes + 8, &header);
    for (Json *entry = header->first; entry; entry = entry->next) {
        long shape[8], axes = 0;
        if (strcmp(text_or(member(entry, "dtype"), ""), IS_DOUBLE ? "F64" : "F32")) continue;
        for (Json *size = member(entry, "shape")->first; size; size = size->next) shape[axes++] = (long)size->number;
        real *data = add_tensor(&all, "", entry->key, (int)axes, shape);
        long start = (long)member(entry, "data_offsets")->first->number;
        memcpy(data, numbers + start, (size_t)all.items[all.count - 1].size * sizeof(real));
    }
    free_json(header);
    free(bytes);
    return all;
}

static void write_tensors(const char *path, const Tensors *all)
{
    FILE *file = fopen(path, "wb");
    char *header = allocate((size_t)all->count * 512 + 16), *p = header;
    long offset = 0;
    if (!file) { perror(path); exit(2); }
    p += sprintf(p, "{");
    for (long t = 0; t < all->count; t++) {
        const Tensor *a = &all->items[t];
        long bytes = a->size * (long)sizeof(real);
        p += sprintf(p, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[", t ? "," : "", a->name, IS_DOUBLE ? "F64" : "F32");
        for (int i = 0; i < a->axes; i++) p += sprintf(p, "%s%ld", i ? "," : "", a->shape[i]);
        p += sprintf(p, "],\"data_offsets\":[%ld,%ld]}", offset, offset + bytes);
        offset += bytes;
    }
    p += sprintf(p, "}");
    while ((p - header) % 8) *p++ = ' ';
    uint64_t length = (uint64_t)(p - header);
    fwrite(&length, 8, 1, file);
    fwrite(header, 1, length, file);
    for (long t = 0; t < all->count; t++) fwrite(all->items[t].data, sizeof(real), (size_t)all->items[t].size, file);
    if (ferror(file) | fclose(file)) { perror(path); exit(2); }
    free(header);
}

static void free_tensors(Tensors *all)
{
    for (long t = 0; t < all->count; t++) {
        free(all->items[t].name);
        free(all->items[t].data);
    }
    free(all->items);
}

#endif

/* Layers in C, answering an export of parity_tests: reads its manifest and batches, writes a trace for each case.

       python -m parity_tests export exchange
       cc -std=c99 -O2            -o layers64 layers.c -lm && ./layers64 exchange traces
       cc -std=c99 -O2 -DREAL=float -o layers32 layers.c -lm && ./layers32 exchange traces
       python -m parity_tests compare exchange traces

   What is not here (other layers, other activations) is left out of the traces, and reported as not offered.
   To start a port of your own: keep this file, and put your layers in the place of maths.h. */
#include <errno.h>
#include <sys/stat.h>

#include "maths.h"

#define DTYPE (IS_DOUBLE ? "float64" : "float32")

/* Each returns 0 where the case is one that we do not have. */
typedef int (*Answer)(const char *name, const Json *arguments, const Tensors *batch, Tensors *trace);

/* An argument that is one number for both axes, or one for each. */
static void two(const Json *value, long otherwise, long out[2])
{
    out[0] = out[1] = (long)number_or(value, (double)otherwise);
    if (value && value->kind == JSON_LIST) {
        out[0] = (long)value->first->number;
        out[1] = (long)value->first->next->number;
    }
}

/* The padding above and to the left: "same" (the default), "valid", p, [p, q] or [[top, bottom], [left, right]]. */
static void padding(const Json *pad, const long kernel[2], long before[2])
{
    if (!pad || !strcmp(text_or(pad, ""), "same")) {
        before[0] = (kernel[0] - 1) / 2; /* an even kernel has the odd row below and the odd column to the right */
        before[1] = (kernel[1] - 1) / 2;
    } else if (pad->kind == JSON_LIST && pad->first->kind == JSON_LIST) {
        before[0] = (long)pad->first->first->number;
        before[1] = (long)pad->first->next->first->number;
    } else {
        two(pad, 0, before);
    }
}

/* The sizes of one batch. Those of the output are the upstream gradient's. */
static Sizes sizes(const Json *arguments, const Tensor *X, const Tensor *W, const Tensor *dY)
{
    const long *x = X->shape, *w = W->shape, *y = dY->shape;
    long stride[2], before[2];
    two(member(arguments, "stride"), 1, stride);
    padding(member(arguments, "pad"), w, before);
    Sizes s = {x[0], x[1], x[2], x[3], w[0], w[1], w[3], y[1], y[2], stride[0], stride[1], before[0], before[1]};
    return s;
}

/* A layer: output, input gradient and gradients of the weights, in each of four stages. Ours keep nothing between the
   stages and do the same in training and in evaluation, so a stage is a forward and a backward. */
static int layer(const char *name, const Json *arguments, const Tensors *batch, Tensors *trace)
{
    static const char *stages[] = {"training.", "second_batch.", "third_batch.", "evaluation."};
    const Tensor *W = find_tensor(batch, "parameter.", "W"), *b = find_tensor(batch, "parameter.", "b");
    const char *activation = W ? text_or(member(arguments, "activation"), "Linear") : name;
    for (int i = 0; i < 4; i++) {
        const Tensor *X = find_tensor(batch, stages[i], "X"), *dY = find_tensor(batch, stages[i], "dLdY");
        real *Y = add_tensor(trace, stages[i], "output", dY->axes, dY->shape);
        real *dX = add_tensor(trace, stages[i], "input_gradient", X->axes, X->shape);
        real *Z = allocate((size_t)dY->size * sizeof(real)), *dZ = allocate((size_t)dY->size * sizeof(real));
        if (!W) memcpy(Z, X->data, (size_t)X->size * sizeof(real));
        else if (W->axes == 2) dense(X->data, W->data, b->data, Z, X->shape[0], W->shape[0], W->shape[1]);
        else convolve(sizes(arguments, X, W, dY), X->data, W->data, b->data, Z);
        int known = activate(activation, Z, Y, dY->size);
        activate_backward(activation, Z, Y, dY->data, dZ, dY->size);
        if (!W) {
            memcpy(dX, dZ, (size_t)X->size * sizeof(real));
        } else {
            real *dW = add_tensor(trace, stages[i], "gradient.W", W->axes, W->shape);
            real *db = add_tensor(trace, stages[i], "gradient.b", b->axes, b->shape);
            if (W->axes == 2)
                dense_backward(X->data, W->data, dZ, dX, dW, db, X->shape[0], W->shape[0], W->shape[1]);
            else
                convolve_backward(sizes(arguments, X, W, dY), X->data, W->data, dZ, dX, dW, db);
        }
        free(Z);
        free(dZ);
        if (!known) return 0;
    }
    return 1;
}

static int loss(const char *name, const Json *arguments, const Tensors *batch, Tensors *trace)
{
    const Tensor *Y = find_tensor(batch, "", "Y"), *Y_hat = find_tensor(batch, "", "Y_hat");
    real *value = add_tensor(trace, "", "value", 0, NULL);
    real *gradient = add_tensor(trace, "", "gradient", Y_hat->axes, Y_hat->shape);
    *value = squared_error(Y->data, Y_hat->data, gradient, Y->size);
    (void)name, (void)arguments;
    return 1;
}

/* An optimiser: the parameters after each of ten steps, each step with its own rate and its own gradients. */
static int optimizer(const char *name, const Json *arguments, const Tensors *batch, Tensors *trace)
{
    const Json *nesterov = member(arguments, "nesterov");
    Descent how = {(real)number_or(member(arguments, "momentum"), 0), (real)number_or(member(arguments, "dampening"), 0),
                   (real)number_or(member(arguments, "weight_decay"), 0), nesterov && nesterov->kind == JSON_TRUE};
    const Tensor *rate = find_tensor(batch, "", "rate");
    for (long t = 0; t < batch->count; t++) {
        const Tensor *start = &batch->items[t];
        const char *which = start->name + strlen("parameter.");
        if (strncmp(start->name, "parameter.", strlen("parameter."))) continue;
        real *theta = allocate((size_t)start->size * sizeof(real)), *v = allocate((size_t)start->size * sizeof(real));
        memcpy(theta, start->data, (size_t)start->size * sizeof(real));
        for (int step = 0; step < rate->size; step++) {
            char from[64], to[64];
            sprintf(from, "gradient.%d.", step);
            sprintf(to, "step%d.", step);
            descend(how, theta, find_tensor(batch, from, which)->data, v, rate->data[step], step == 0, start->size);
            memcpy(add_tensor(trace, to, which, start->axes, start->shape), theta, (size_t)start->size * sizeof(real));
        }
        free(theta);
        free(v);
    }
    (void)name;
    return 1;
}

static const struct { const char *pair; Answer answer; } OFFERED[] = {
    {"FullyConnected", layer}, {"Conv2D", layer}, {"Linear", layer}, {"ReLU", layer}, {"Tanh", layer},
    {"L2", loss}, {"SGD", optimizer},
};

static void make_folder(const char *path)
{
    if (mkdir(path, 0777) && errno != EEXIST) { perror(path); exit(2); }
}

static int answer_case(const char *from, const char *to, const Json *pair, const Json *a_case, Answer answer)
{
    char path[4096];
    const Json *part = member(member(a_case, "dtypes"), DTYPE);
    Tensors trace = {NULL, 0};
    if (!part) return 0;
    snprintf(path, sizeof path, "%s/%s.safetensors", from, text_or(member(part, "batch"), ""));
    Tensors batch = read_tensors(path);
    int done = answer(text_or(member(pair, "name"), ""), member(a_case, "arguments"), &batch, &trace);
    snprintf(path, sizeof path, "%s/%s.safetensors", to, text_or(member(part, "trace"), ""));
    if (done) write_tensors(path, &trace);
    free_tensors(&batch);
    free_tensors(&trace);
    return done;
}

int main(int count, char **words)
{
    char path[4096];
    long length, written = 0;
    Json *manifest;
    if (count != 3) { fprintf(stderr, "usage: %s EXPORT TRACES\n", words[0]); return 2; }
    snprintf(path, sizeof path, "%s/manifest.json", words[1]);
    char *text = read_file(path, &length);
    parse_json(text, &manifest);
    if (strcmp(text_or(member(manifest, "format"), ""), "parity_tests.exchange/1")) {
        fprintf(stderr, "%s: a format that this program does not know\n", path);
        return 2;
    }
    make_folder(words[2]);
    for (Json *pair = member(manifest, "pairs")->first; pair; pair = pair->next)
        for (size_t k = 0; k < sizeof OFFERED / sizeof *OFFERED; k++)
            if (!strcmp(text_or(member(pair, "name"), ""), OFFERED[k].pair)) {
                snprintf(path, sizeof path, "%s/%s", words[2], text_or(member(pair, "folder"), ""));
                make_folder(path);
                for (Json *a_case = member(pair, "cases")->first; a_case; a_case = a_case->next)
                    written += answer_case(words[1], words[2], pair, a_case, OFFERED[k].answer);
            }
    printf("%ld traces in %s\n", written, DTYPE);
    free_json(manifest);
    free(text);
    return 0;
}

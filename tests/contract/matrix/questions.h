/* SPDX-License-Identifier: Apache-2.0
 *
 * What every plugin of the matrix is asked in every host, and what it must answer. C99 and C++.
 */
#ifndef CONTRACT_MATRIX_QUESTIONS_H
#define CONTRACT_MATRIX_QUESTIONS_H

#include <stddef.h>

/* An answer: a response code, or what a host makes of the handler's status. */
#define NOT_VALID "400"
#define UNAVAILABLE "503"

/* One request, and the world in which it is asked. */
typedef struct question {
  const char* role;
  const char* device; /* as the request spells it */
  int readable;       /* 0: the inventory cannot be reached */
  const char* type;   /* of the device; NULL: not in the inventory */
  const char* status;
  int confirmed;       /* the Supplier has confirmed the agent */
  const char* answer;  /* of a plugin with the rule of SECMP0039 */
  const char* example; /* of the SDK's example, which looks at the type only */
} question;

#define HUB "00-DB-12-34-56-78-90-A2"

static const question questions[] = {
    {"EIS", HUB, 1, "CHF", "Commissioned", 1, "I99", "I99"},
    {"SNA", HUB, 1, "CHF", "Pending", 1, "I99", "I99"},
    {"SNA", HUB, 1, "CHF", "Pending", 0, "E4", "I99"},
    {"SNA", HUB, 1, "CHF", "Commissioned", 1, "E5", "I99"},
    {"MDR", HUB, 1, "CHF", "Pending", 1, "E2", "I99"},
    {"GIS", HUB, 1, NULL, NULL, 1, "E19", "E19"},
    {"SNA", HUB, 1, "GPF", "Pending", 1, "E11", "E11"},
    {"SNA", HUB, 0, "CHF", "Pending", 1, UNAVAILABLE, UNAVAILABLE},
    {"EIS", "no EUI", 1, "CHF", "Pending", 1, NOT_VALID, NOT_VALID},
};
enum { QUESTION_COUNT = sizeof questions / sizeof *questions, SWAP_QUESTION = 3 };

typedef struct setting {
  const char *section, *key, *value;
} setting;

/* Settings, and the one that a swap changes: the answer to questions[SWAP_QUESTION] shows which
 * instance gave it. */
typedef struct profile {
  setting settings[8];
  size_t setting_count;
  size_t changed; /* index */
  const char* changed_value;
  const char* changed_answer;
  size_t handler_count;
  int is_example;
} profile;

static const profile returns_profile = {{{"8.14.3", "EIS", "any"},
                                         {"8.14.3", "GIS", "any"},
                                         {"8.14.3", "SNA", "Pending"},
                                         {"8.14.4", "EIS", "any"},
                                         {"8.14.4", "GIS", "any"},
                                         {"8.14.4", "SNA", "Pending"},
                                         {"SNA", "status_code", "E5"}},
                                        7,
                                        6,
                                        "E17",
                                        "E17",
                                        2,
                                        0};
static const profile example_profile = {
    {{"8.14.1", "device_type", "CHF"}}, 1, 0, "ESME", "E11", 1, 1};

#endif

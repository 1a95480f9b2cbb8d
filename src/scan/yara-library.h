/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What skep replaces of libyara: its memory, and two modules. Inside the room only.
 */
#pragma once

/*
 * CALL(DATA), which calls libyara, and its result, an error of libyara's. ERROR_INSUFFICIENT_MEMORY when memory ran out
 * below it, wherever that was: what it worked on is then left as it is, and may only be forgotten.
 */
int yara_guarded(int (*call)(void *data), void *data);

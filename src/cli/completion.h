/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the table of commands can be printed as. Inside the room only.
 */
#pragma once

void completion_zsh(void);
void completion_fish(void);
/* skep(1), for man(1). */
void completion_man(void);

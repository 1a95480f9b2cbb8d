/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor's side of a container's life. Inside the room only.
 */
#pragma once

/* The role's function for priv_worker_dispatch(). */
int flow_monitor_run(int channel);

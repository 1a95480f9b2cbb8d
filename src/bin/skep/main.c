/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep, the command line. The same program is also its own sandboxed workers, told apart before anything else runs.
 */
#include "cli/cli.h"
#include "flow/image.h"
#include "priv/worker.h"

int main(int argc, char **argv)
{
	priv_worker_dispatch(argc, argv, flow_worker_roles);
	return cli_main(argc, argv);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays a corpus through a fuzz target: every file of the folders named on the command line goes once through
 * LLVMFuzzerTestOneInput. An empty or missing corpus fails, so that a replay that tests nothing cannot pass.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return -1;
	size_t size = 0, room = 1 << 16;
	uint8_t *data = malloc(room);
	while (data && !feof(f)) {
		if (size == room) {
			room *= 2;
			uint8_t *more = realloc(data, room);
			if (!more)
				break;
			data = more;
		}
		size_t got = fread(data + size, 1, room - size, f);
		if (!got)
			break;
		size += got;
	}
	fclose(f);
	if (!data)
		return -1;
	/* An exact-size copy, so that a sanitizer sees a read one byte past the end. */
	uint8_t *exact = malloc(size ? size : 1);
	if (exact) {
		memcpy(exact, data, size);
		LLVMFuzzerTestOneInput(exact, size);
	}
	free(exact);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	int done = 0;

	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);
		struct dirent *ent;
		while (d && (ent = readdir(d))) {
			char path[4096];
			if (ent->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", argv[i], ent->d_name);
			if (replay_file(path) == 0)
				done++;
		}
		if (d)
			closedir(d);
	}
	printf("%d inputs replayed\n", done);
	return done ? 0 : 1;
}

// SPDX-License-Identifier: GPL-2.0
#include "btf_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"

const struct btf *kernel_btf(void)
{
	static struct btf *btf;

	if (!btf)
		btf = btf__load_vmlinux_btf();
	ASSERT_TRUE(btf);
	return btf;
}

int btf_id(const char *name, unsigned int kind)
{
	return btf__find_by_name_kind(kernel_btf(), name, kind);
}

int btf_member_index(const char *type, const char *member)
{
	const struct btf *btf = kernel_btf();
	int i, id = btf_id(type, BTF_KIND_STRUCT);
	const struct btf_type *t;

	if (id < 0)
		return id;
	t = btf__type_by_id(btf, id);
	for (i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), member))
			return i;
	return -1;
}

const char *btf_type_text(unsigned int id)
{
	enum { NR = 4, SIZE = 256 };
	static char texts[NR][SIZE];
	static unsigned int turn;
	const struct btf_type *t = btf__type_by_id(kernel_btf(), id);
	char *text = texts[turn++ % NR];
	const char *inner;

	ASSERT_TRUE(t);
	switch (btf_kind(t)) {
	case BTF_KIND_UNKN:
		return "void";
	case BTF_KIND_PTR:
		inner = btf_type_text(t->type);
		snprintf(text, SIZE, "%s%s*", inner, inner[strlen(inner) - 1] == '*' ? "" : " ");
		return text;
	case BTF_KIND_CONST:
		snprintf(text, SIZE, "const %s", btf_type_text(t->type));
		return text;
	case BTF_KIND_TYPE_TAG:
		return btf_type_text(t->type);
	case BTF_KIND_STRUCT:
		snprintf(text, SIZE, "struct %s", btf__name_by_offset(kernel_btf(), t->name_off));
		return text;
	default:
		return btf__name_by_offset(kernel_btf(), t->name_off);
	}
}

static bool name_matters(const char *name)
{
	static const char *const suffixes[] = { "__iter", "__sz", "__nullable" };
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t len = strlen(suffixes[i]);

		if (strlen(name) >= len && !strcmp(name + strlen(name) - len, suffixes[i]))
			return true;
	}
	return false;
}

const char *btf_prototype(unsigned int id)
{
	static char text[1024];
	const struct btf *btf = kernel_btf();
	const struct btf_type *t = btf__type_by_id(btf, id);
	const struct btf_param *params;
	size_t len;
	int i;

	while (t && !btf_is_func_proto(t) && (btf_is_ptr(t) || btf_is_func(t)))
		t = btf__type_by_id(btf, t->type);
	ASSERT_TRUE(t && btf_is_func_proto(t));

	params = btf_params(t);
	len = snprintf(text, sizeof(text), "%s (", btf_type_text(t->type));
	for (i = 0; i < btf_vlen(t); i++) {
		const char *name = btf__name_by_offset(btf, params[i].name_off);
		const char *type = btf_type_text(params[i].type);
		bool named = name_matters(name);

		len += snprintf(text + len, sizeof(text) - len, "%s%s%s%s", i ? ", " : "", type,
				named && type[strlen(type) - 1] != '*' ? " " : "",
				named ? name : "");
	}
	snprintf(text + len, sizeof(text) - len, "%s)", i ? "" : "void");
	return text;
}

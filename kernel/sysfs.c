// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "sysfs.h"
#include "enable.h"
#include "events.h"
#include "hotplug.h"

static struct kset *scx_kset;

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", scx_enable_state_name(scx_enable_state()));
}

static ssize_t switch_all_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", static_key_enabled(&__scx_switched_all));
}

static ssize_t nr_rejected_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%ld\n", atomic_long_read(&scx_nr_rejected));
}

static ssize_t hotplug_seq_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%ld\n", atomic_long_read(&scx_hotplug_seq));
}

static ssize_t enable_seq_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%ld\n", atomic_long_read(&scx_enable_seq));
}

static struct kobj_attribute state_attr = __ATTR_RO(state);
static struct kobj_attribute switch_all_attr = __ATTR_RO(switch_all);
static struct kobj_attribute nr_rejected_attr = __ATTR_RO(nr_rejected);
static struct kobj_attribute hotplug_seq_attr = __ATTR_RO(hotplug_seq);
static struct kobj_attribute enable_seq_attr = __ATTR_RO(enable_seq);

static struct attribute *global_attrs[] = {
	&state_attr.attr, &switch_all_attr.attr, &nr_rejected_attr.attr,
	&hotplug_seq_attr.attr, &enable_seq_attr.attr, NULL,
};

static const struct attribute_group global_group = { .attrs = global_attrs };

static ssize_t ops_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", container_of(kobj, struct scx_sched, kobj)->ops.name);
}

struct emit_at {
	char	*buf;
	int	len;
};

static void emit_event(void *arg, const char *name, s64 value)
{
	struct emit_at *at = arg;

	at->len += sysfs_emit_at(at->buf, at->len, "%s %lld\n", name, value);
}

static ssize_t events_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct emit_at at = { .buf = buf };
	struct scx_event_stats sum;

	events_read(container_of(kobj, struct scx_sched, kobj), &sum);
	events_for_each(&sum, emit_event, &at);
	return at.len;
}

static struct kobj_attribute ops_attr = __ATTR_RO(ops);
static struct kobj_attribute events_attr = __ATTR_RO(events);

static struct attribute *sched_attrs[] = {
	&ops_attr.attr,
	&events_attr.attr,
	NULL,
};
ATTRIBUTE_GROUPS(sched);

static const struct kobj_type sched_ktype = {
	.release = sched_obj_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = sched_groups,
};

int sysfs_add(struct scx_sched *sch)
{
	sch->kobj.kset = scx_kset;
	return kobject_init_and_add(&sch->kobj, &sched_ktype, NULL, "root");
}

static int add_ops_var(const struct kobject *kobj, struct kobj_uevent_env *env)
{
	return add_uevent_var(env, "SCXOPS=%s",
			      container_of(kobj, struct scx_sched, kobj)->ops.name);
}

static const struct kset_uevent_ops uevent_ops = { .uevent = add_ops_var };

void sysfs_announce(struct scx_sched *sch)
{
	kobject_uevent(&sch->kobj, KOBJ_ADD);
}

void sysfs_remove(struct scx_sched *sch)
{
	kobject_del(&sch->kobj);
}

static int __init scx_sysfs_init(void)
{
	int ret;

	scx_kset = kset_create_and_add("sched_ext", &uevent_ops, kernel_kobj);
	if (!scx_kset)
		return -ENOMEM;
	ret = sysfs_create_group(&scx_kset->kobj, &global_group);
	if (ret)
		kset_unregister(scx_kset);
	return ret;
}
core_initcall(scx_sysfs_init);

# What upstream's class keeps in a runqueue, in kernel/sched/sched.h; ours comes from kernel/rq.h.
# Cut before the patches are applied, which find the empty place.
/^\/\* scx_rq->flags/,/^};/d
/^struct scx_rq {/,/^};/d

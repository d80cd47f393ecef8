// SPDX-License-Identifier: BSD-2-Clause
/*
 * All records there are. What a value may be is in state.c by its letter;
 * what depends on other records is judged by the function that takes it.
 */
#include "xenstore/daemon/state_take.h"

#define BOTH (IN_STATE | IN_JOURNAL)

const struct state_row state_rows[STATE_TYPES] = {
	[STATE_ORIGIN] = { "origin", IN_STATE, take_origin, "s", "boot" },
	[STATE_TOTALS] = { "totals", IN_STATE, take_totals, "b", "counts" },
	[STATE_COUNTERS] = { "counters", IN_STATE, take_counters, "qqc",
			     "generation order conn" },
	[STATE_QUOTA] = { "quota", BOTH, take_quota, "sn", "name limit" },
	[STATE_SPECIAL] = { "special", BOTH, take_special, "sl", "name list" },
	[STATE_DOMAIN] = { "domain", BOTH, take_domain, "dnuu1uc",
			   "domid mfn remote_port port shutdown target conn" },
	[STATE_HITS] = { "hits", IN_STATE, take_hits, "db", "domid counts" },
	[STATE_NODE] = { "node", IN_STATE, take_node, "qu1lsv",
			 "generation children numbered list name value" },
	[STATE_AGAIN] = { "again", IN_STATE, take_again, "u", "number" },
	[STATE_LIVE] = { "live", IN_STATE, take_live, "", "" },
	[STATE_CONN] = { "conn", BOTH, take_conn, "cduuuubb",
			 "conn domid file next_txn req_cons rsp_prod "
			 "in out" },
	[STATE_WATCH] = { "watch", BOTH, take_watch, "C@tuu1",
			  "conn path token depth strip overflow" },
	[STATE_EVENT] = { "event", IN_STATE, take_event, "C@ts",
			  "conn path token shown" },
	[STATE_TXN] = { "txn", BOTH, take_txn, "Cu1q1",
			"conn id trees order doomed" },
	[STATE_DEP] = { "dep", IN_STATE, take_dep, "/u", "path what" },
	[STATE_CHANGE] = { "change", BOTH, take_change, "1ud/vl",
			   "live kind creator path value list" },
	[STATE_HANDOVER] = { "handover", IN_STATE, take_handover, "uuuuucuuuus",
			     "listener pidfile lock events domain_port conn "
			     "type req_id tx_id log_level log_file" },
	[STATE_END] = { "end", IN_STATE, take_end, "n", "records" },
	[STATE_BATCH] = { "batch", BEHIND_END, take_batch, NULL, NULL },
	[STATE_GONE] = { "gone", IN_JOURNAL, take_gone, "d", "domid" },
	[STATE_UNWATCH] = { "unwatch", IN_JOURNAL, take_unwatch, "C@t",
			    "conn path token" },
	[STATE_RESET] = { "reset", IN_JOURNAL, take_reset, "C1", "conn all" },
	[STATE_TXN_END] = { "txn_end", IN_JOURNAL, take_txn_end, "Cu",
			    "conn id" },
};

/** The rules of attribution in words. docs/attribution.md explains each. */

import type { TracedWrite, Tree } from "../wire";

const WORDS: Readonly<Record<string, string>> = {
  creation: "managedFields: the one entry of a new object names its writer",
  "managed-fields": "managedFields: this writer’s entry altered with the write",
  "same-second": "managedFields keep whole seconds; this writer had written in the same second",
  "scale-again": "the scale subresource was written, as by the same client before",
  "event-source": "the Event names its source",
  "event-reporter": "the Event names its reporting component",
  binding: "rule “a pod gets its node by a binding”: the scheduler writes those",
  "container-statuses": "rule “container statuses are the kubelet’s”: the one on the pod’s node writes them",
  "node-lease": "rule “a Node’s Lease is renewed by its kubelet”",
  "pod-ended": "rule “a pod that has ended is removed by its kubelet”",
  "field-manager-is-program": "managedFields name a program that is no part of Kubernetes",
  "workload-status": "rule “a workload’s status is its controller’s”",
  "namespace-finalized":
    "rule “a namespace goes when its finalizer is released”: the namespace controller does that",
  "event-expired": "rule “Events expire”: etcd drops them when their hour is over",
  "no-rule": "no rule tells who wrote it. Better unknown than wrong",
};

export function ruleWords(rule: string): string {
  return WORDS[rule] ?? `rule “${rule}”`;
}

/** What set a write off, in the words of the sentence of its trace that tells it. */
export function causeWords(tree: Tree, write: TracedWrite): string {
  const sentence = tree.sentences.find((each) => each.seqs.includes(write.seq));
  return sentence?.why || `rule “${write.rule}”`;
}

import { FUNCTIONS } from '../package/packaged.ts';
import * as answers from './answers.ts';
import type { Script } from './recorder.ts';

// What osls sends for each command, and nothing else: the list that docs/deploy.md refers to.

function times<T>(count: number, answer: T): readonly T[] {
  return Array.from({ length: count }, () => answer);
}

/** What `info` reads, and `deploy` at its end. */
const STACK_INFO = {
  'cloudformation.ListStackResources': [answers.stackResourceList],
  'cloudformation.DescribeStackResources': [answers.stackResources],
  'apigateway.GetApiKey': [answers.key],
} as const satisfies Script;

/** The three zips, the template and osls's own state go to the bucket; then the change set is made of the template in it. */
const UPDATE = {
  'sts.GetCallerIdentity': [answers.caller],
  's3.HeadBucket': [answers.ok],
  'lambda.GetFunction': times(FUNCTIONS.length, answers.noFunction),
  's3.PutObject': times(FUNCTIONS.length + 2, answers.stored),
  'cloudformation.DescribeStackResource': [answers.stackResource(answers.BUCKET)],
  'cloudformation.ValidateTemplate': [answers.done('ValidateTemplate')],
  'cloudformation.DeleteChangeSet': [answers.done('DeleteChangeSet')],
  'cloudformation.CreateChangeSet': [answers.changeSetMade],
  'cloudformation.DescribeChangeSet': [answers.changeSetReady],
  'cloudformation.ExecuteChangeSet': [answers.done('ExecuteChangeSet')],
  'cloudformation.DescribeStackEvents': [answers.events('UPDATE')],
  'apigateway.GetRestApis': [answers.restApis],
  'apigateway.GetDeployments': [answers.deployments],
  'apigateway.GetStage': [answers.stage],
  'apigateway.UpdateStage': [answers.ok],
  ...STACK_INFO,
} as const satisfies Script;

/** The first deployment: a stack with the bucket alone comes first. */
export const FIRST_DEPLOYMENT: Script = {
  ...UPDATE,
  'cloudformation.DescribeStacks': [answers.noStack, answers.stack],
  'cloudformation.CreateChangeSet': times(2, answers.changeSetMade),
  'cloudformation.DescribeChangeSet': times(2, answers.changeSetReady),
  'cloudformation.ExecuteChangeSet': times(2, answers.done('ExecuteChangeSet')),
  'cloudformation.DescribeStackEvents': [answers.events('CREATE'), answers.events('UPDATE')],
  's3.ListObjectsV2': times(2, answers.noObjects),
};

export const LATER_DEPLOYMENT: Script = {
  ...UPDATE,
  'cloudformation.DescribeStacks': times(2, answers.stack),
  's3.ListObjectsV2': times(2, answers.objects),
  's3.HeadObject': [answers.object],
  'lambda.GetFunction': times(FUNCTIONS.length, answers.lambdaFunction),
};

/** With `tags` the stage, which is not in the template, gets them by a call. */
export const TAGGED_DEPLOYMENT: Script = { ...LATER_DEPLOYMENT, 'apigateway.TagResource': [answers.tagged] };

export const INFO: Script = { ...STACK_INFO, 'cloudformation.DescribeStacks': [answers.stack] };

export const INVOKE: Script = { 'lambda.Invoke': [answers.report] };

export const REMOVE: Script = {
  'sts.GetCallerIdentity': [answers.caller],
  'apigateway.GetUsagePlans': [answers.usagePlans],
  'cloudformation.DescribeStackResource': [answers.stackResource(answers.API_ID), answers.stackResource(answers.BUCKET)],
  'apigateway.UpdateUsagePlan': [answers.ok],
  'cloudformation.DescribeStacks': [answers.stack],
  'ecr.DescribeRepositories': [answers.noRepository],
  's3.HeadBucket': [answers.ok],
  's3.ListObjectsV2': [answers.objects],
  's3.DeleteObjects': [answers.deleted],
  'cloudformation.DeleteStack': [answers.done('DeleteStack')],
  'cloudformation.DescribeStackEvents': [answers.events('DELETE')],
};

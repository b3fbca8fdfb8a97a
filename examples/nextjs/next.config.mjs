export default {
  // They are loaded from node_modules as they are: the SDK keeps state in its modules.
  serverExternalPackages: ['@vwo-hub/client', 'vwo-node-sdk'],
}

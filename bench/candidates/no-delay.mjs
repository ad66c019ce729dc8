// Mends what makes two of the peers slow: `node --import` of this sets TCP_NODELAY on every connection that is opened.
import net from 'node:net';

const { connect } = net.Socket.prototype;

net.Socket.prototype.connect = function connectWithoutDelay(...options) {
  this.setNoDelay(true);
  return connect.apply(this, options);
};

// The program that this service comes from (YYGCui, 2017: "Node.js抛异常ECONNRESET退出"), as its author wrote it, kept to show how it dies.
// Mended only where it does not start or take a request with ldapjs 3; each mend is marked. Never deployed.
import assert from 'node:assert'; // mended: was not shown
import http from 'node:http';
import { json } from 'node:stream/consumers';

import ldap from 'ldapjs'; // mended: was require()

// mended: the settings were not shown
const { SEED_URL: url, SEED_BIND_DN, SEED_BIND_PASSWORD, SEED_BASE: base } = process.env;
const admin = { dn: SEED_BIND_DN, password: SEED_BIND_PASSWORD };

// mended: was express(), which takes no part in what follows. One route, a JSON body, a JSON answer.
var handlers = {};
var app = {
  post: function (path, handler) {
    handlers[path] = handler;
  },
};
const server = http.createServer(async function (request, response) {
  response.json = function (body) {
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));
  };
  handlers[request.url]({ body: await json(request) }, response);
});

app.post(
  '/auth', // mended: was 'auth'
  function (req, res) {
    var user = {
      username: req.body.username,
      password: req.body.password,
      dn: '',
    };
    var opts = { scope: 'sub', filter: new ldap.EqualityFilter({ attribute: 'uid', value: user.username }) }; // mended: was not shown
    var adminClient = ldap.createClient({ url: url }); // mended: was creatClient
    adminClient.bind(admin.dn, admin.password, function (err) {
      assert.ifError(err);

      adminClient.search(base, opts, function (err, search) {
        search.on('searchEntry', function (entry) {
          user.dn = entry.objectName.toString(); // mended: was entry.dn, which is gone
          var userClient = ldap.createClient({ url: url });
          userClient.bind(user.dn, user.password, function (err) {
            if (err) {
              res.json({ status: 2, message: 'invalid password' });
            }

            res.json({ status: 0, message: 'auth ok' });
          });
        });

        // eslint-disable-next-line no-unused-vars -- as written
        search.on('end', function (err) {
          if (user.dn === '') {
            res.json({ status: 1, message: 'invalid user' });
          }
        });
      });
    });
  },
);

// mended: was port 8080
const listener = server.listen(0, '127.0.0.1', function () {
  console.log('listening on port ' + listener.address().port);
});

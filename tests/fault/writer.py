"""Somebody who goes on writing to the source database, whatever happens to it."""

import random
import subprocess
import threading


class Writer(threading.Thread):
    """Inserts, updates and deletes, each a transaction of its own, some ten a second. What the database has not
    acknowledged may be there or not: the tables themselves say what has to arrive."""

    def __init__(self, stack, seed):
        super().__init__(daemon=True)
        self.stack = stack
        self.chance = random.Random(seed)
        self.acknowledged = 0
        self.ends = threading.Event()
        self.psql = None

    def statement(self):
        one = "(SELECT id FROM {} ORDER BY random() LIMIT 1)"
        price, count = self.chance.randint(1, 10000), self.chance.randint(1, 9)
        return self.chance.choice(
            [
                f"INSERT INTO products (name, price) VALUES ('product {price}', {price}) RETURNING id",
                f"INSERT INTO orders (product_id, quantity) VALUES ({one.format('products')}, {count}) RETURNING id",
                f"INSERT INTO orders (product_id, quantity) VALUES ({one.format('products')}, {count}) RETURNING id",
                f"UPDATE products SET price = {price}, updated_at = now() WHERE id = {one.format('products')} RETURNING id",
                f"UPDATE orders SET status = 'sent', quantity = {count} WHERE id = {one.format('orders')} RETURNING id",
                f"DELETE FROM orders WHERE id = {one.format('orders')} RETURNING id",
            ]
        )

    def connected(self):
        if self.psql is None or self.psql.poll() is not None:
            self.psql = subprocess.Popen(
                self.stack.psql_command("source"),
                env=self.stack.psql_environment("source"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        return self.psql

    def write_once(self):
        psql = self.connected()
        try:
            psql.stdin.write(self.statement() + ";\n\\echo done\n")
            psql.stdin.flush()
            if psql.stdout.readline().strip().isdigit():
                self.acknowledged += 1
                psql.stdout.readline()
        except OSError:
            psql.kill()
            psql.wait()

    def run(self):
        while not self.ends.wait(0.1):
            self.write_once()
        if self.psql:
            self.psql.kill()
            self.psql.wait()

    def end(self):
        self.ends.set()
        self.join()

use std::collections::VecDeque;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dynacdc_record::{Item, Number, item};

use super::dice::Dice;
use super::entity;
use super::order::{Lines, Order, Status};
use super::write::Write;

/// 2026-01-01 00:00:00 UTC.
const START: u64 = 1_767_225_600;
const CUSTOMERS: usize = 20;
const POINTS_PER_DELIVERY: u64 = 10;

/// An endless iterator of [`Write`]s, the same for the same seed. See the [module](super) for what
/// it promises.
///
/// ```
/// use dynacdc_local::workload::Workload;
///
/// let writes: Vec<_> = Workload::seeded(42).take(100).collect();
/// assert_eq!(writes, Workload::seeded(42).take(100).collect::<Vec<_>>());
/// ```
#[derive(Debug, Clone)]
pub struct Workload {
    dice: Dice,
    now: u64,
    customers: Vec<Option<Customer>>,
    open: Vec<Order>,
    finished: Vec<Order>,
    next_order: u64,
    /// What the last step still has to write.
    due: VecDeque<Write>,
}

#[derive(Debug, Clone)]
struct Customer {
    newsletter: bool,
    points: u64,
    addresses: u64,
    cart: Option<Lines>,
}

impl Workload {
    /// The workload of this seed, with 20 customers.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::new(seed, CUSTOMERS)
    }

    /// The workload of this seed with so many customers, one at least.
    #[must_use]
    pub fn new(seed: u64, customers: usize) -> Self {
        Self {
            dice: Dice::seeded(seed),
            now: START,
            customers: vec![None; customers.max(1)],
            open: Vec::new(),
            finished: Vec::new(),
            next_order: 1,
            due: VecDeque::new(),
        }
    }

    /// The time of the last write, or of the start: 2026 begins. Each step takes 1 to 60 seconds.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.now)
    }

    fn step(&mut self) {
        self.now += 1 + self.dice.below(60);
        let who = self.dice.skewed(self.customers.len());
        if self.customers[who].is_none() {
            return self.welcome(who);
        }
        match self.dice.below(100) {
            0..25 => self.place_order(who),
            25..70 if !self.open.is_empty() => self.advance_order(),
            70..85 => self.fill_cart(who),
            85..93 => self.change_profile(who),
            93..100 if !self.finished.is_empty() => self.close_order(),
            _ => self.place_order(who),
        }
    }

    fn put(&mut self, item: Item) {
        self.due.push_back(Write::Put(item));
    }

    fn set(&mut self, key: Item, set: Item) {
        self.due.push_back(Write::Update { key, set, remove: Vec::new() });
    }

    fn delete(&mut self, key: Item) {
        self.due.push_back(Write::Delete { key });
    }

    fn welcome(&mut self, who: usize) {
        let newsletter = self.dice.one_in(2);
        let profile = entity::profile(who, newsletter, self.now, &mut self.dice);
        self.customers[who] = Some(Customer { newsletter, points: 0, addresses: 0, cart: None });
        self.put(profile);
    }

    fn fill_cart(&mut self, who: usize) {
        let lines = Lines::roll(&mut self.dice);
        self.put(entity::cart(who, &lines, self.now));
        if let Some(customer) = &mut self.customers[who] {
            customer.cart = Some(lines);
        }
    }

    fn change_profile(&mut self, who: usize) {
        let moves = self.dice.one_in(2);
        let Some(customer) = &mut self.customers[who] else { return };
        let change = if moves {
            customer.addresses += 1;
            item! { "email" => format!("customer{who}+{}@example.com", customer.addresses) }
        } else {
            customer.newsletter = !customer.newsletter;
            item! { "newsletter" => customer.newsletter }
        };
        self.set(entity::key(who, "profile"), change);
    }

    fn place_order(&mut self, who: usize) {
        let cart = self.customers[who].as_mut().and_then(|customer| customer.cart.take());
        let from_cart = cart.is_some();
        let lines = match cart {
            Some(lines) => lines,
            None => Lines::roll(&mut self.dice),
        };
        let order = Order { customer: who, number: self.next_order, status: Status::Pending, lines };
        self.next_order += 1;
        let item = entity::order(&order, self.now, &mut self.dice);
        self.put(item);
        if from_cart {
            self.delete(entity::key(who, "cart"));
        }
        self.open.push(order);
    }

    /// One step forward with an open order.
    fn advance_order(&mut self) {
        let index = self.dice.index(self.open.len());
        let mut order = self.open.swap_remove(index);
        let key = entity::order_key(&order, "order");
        match order.status {
            Status::Pending if self.dice.one_in(10) => return self.delete(key),
            Status::Pending => {
                let payment = entity::payment(&order, self.now, &mut self.dice);
                self.put(payment);
                order.status = Status::Paid;
                self.due.push_back(Write::Update {
                    key,
                    set: item! { "status" => order.status.as_str(), "paid_at" => Number::from(self.now) },
                    remove: vec!["hold_until".to_owned()],
                });
            }
            Status::Paid => {
                let shipment = entity::shipment(self.now, &mut self.dice);
                order.status = Status::Shipped;
                self.set(key, shipment);
            }
            Status::Shipped | Status::Delivered | Status::Returned => {
                order.status = Status::Delivered;
                self.set(key, item! { "status" => order.status.as_str(), "delivered_at" => Number::from(self.now) });
                self.reward(order.customer);
                return self.finished.push(order);
            }
        }
        self.open.push(order);
    }

    fn reward(&mut self, who: usize) {
        let Some(customer) = &mut self.customers[who] else { return };
        customer.points += POINTS_PER_DELIVERY;
        let points = item! { "points" => Number::from(customer.points) };
        self.set(entity::key(who, "profile"), points);
    }

    /// A delivered order comes back, or a finished one is deleted.
    fn close_order(&mut self) {
        let index = self.dice.index(self.finished.len());
        let mut order = self.finished.swap_remove(index);
        let key = entity::order_key(&order, "order");
        if order.status == Status::Delivered && self.dice.one_in(2) {
            let sent_back = entity::sent_back(&order, self.now, &mut self.dice);
            self.put(sent_back);
            order.status = Status::Returned;
            self.set(key, item! { "status" => order.status.as_str() });
            self.finished.push(order);
        } else {
            self.delete(key);
        }
    }
}

impl Iterator for Workload {
    type Item = Write;

    fn next(&mut self) -> Option<Write> {
        if self.due.is_empty() {
            self.step();
        }
        self.due.pop_front()
    }
}
